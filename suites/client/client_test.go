package client

import (
	"testing"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/sla"
)

// TestClientBenchmark drives the sweep of the client benchmark at a stack: four
// engines behind a KV router with etcd and NATS, placed by build tag or
// environment, or the endpoint that stands at $DYNBENCH_URL. Each level must be
// whole, and the goals must hold.
//
//	make bench                                    # or SHORT=1
//	make bench URL=http://host:8000 MODEL=m SLA='ttft.p99<=200ms@c50'
//	go test -tags dynamo ./suites/client -timeout 0 # or vllm, llamacpp, gpu, docker
//	go test ./suites/client -timeout 0 -args -concurrencies 1,8 -isl 500
func TestClientBenchmark(t *testing.T) {
	options := optionsOf(t)
	stack := fixtures.Start(t, options.topology(fixtures.KVRouted(4)))

	run := harness.Run(t, stack, options.Sweep)

	for _, level := range run.Levels {
		t.Run(level.Name, func(t *testing.T) { harness.RequireLevel(t, level) })
	}
	sla.Require(t, run, options.Sweep.Goals...)
}
