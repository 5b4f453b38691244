// Package suite is a suite out of tree: a benchmark of one's own, beside the
// code that it guards.
package suite

import (
	"testing"
	"time"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/sla"
	"github.com/dynbench/dynbench/harness/workload"
)

// TestChatHoldsItsSLA: two engines behind a KV router serve short chats within
// the goals, up to eight at once. With DYNBENCH_URL set, the endpoint there is
// measured in place of the simulated engines.
func TestChatHoldsItsSLA(t *testing.T) {
	stack := fixtures.Start(t, fixtures.KVRouted(2))

	run := harness.Run(t, stack, harness.Sweep{
		Workload: workload.Synthetic{ISL: 256, ISLStd: 16, OSL: 32},
		Levels:   load.Concurrency(1, 8),
		Measure:  load.Requests(40),
	})

	sla.Require(t, run,
		sla.P90(metric.TTFT).AtMost(2*time.Second),
		sla.P90(metric.ITL).AtMost(100*time.Millisecond),
		sla.Of(metric.ErrorRate).AtMost(0.001),
	)
}
