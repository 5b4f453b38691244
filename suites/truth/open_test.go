package truth

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures/reference"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/arrival"
	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/target"
	"github.com/dynbench/dynbench/harness/workload"
)

// offTurn is how late the server's kernel may have a request of an open loop,
// at p99.
const offTurn = 500 * time.Microsecond

// TestOpenLoopIsPunctual: 2,000 requests a second, evenly, the client on one
// processor, the server on another: each is in the server's kernel at its turn.
func TestOpenLoopIsPunctual(t *testing.T) {
	needsQuiet(t)
	const rate = 2000
	seconds := 1
	if strict() {
		seconds = 8
	}
	clientCPU, serverCPU := needsCPUs(t)
	server := serve(t, reference.Config{}, serverCPU)
	restore, err := reference.Pin(clientCPU)
	require.NoError(t, err)
	defer func() { require.NoError(t, restore()) }()

	for try := 1; ; try++ {
		run := harness.Run(t, target.Target{URL: server.URL(), Model: reference.DefaultModel}, harness.Sweep{
			Name:     "open",
			Existing: harness.Overwrite,
			Workload: workload.Synthetic{ISL: 32, OSL: 1},
			Levels:   load.Rate(arrival.Constant{Rate: rate}),
			Measure:  load.Requests(seconds * rate),
			NoPlot:   true,
		})
		level := run.Levels[0]
		harness.RequireLevel(t, level)
		all := both(t, run, level, byID(t, server))
		require.Len(t, all, seconds*rate)
		var late, early []int64
		for _, s := range all {
			off := s.server.Arrived - level.Base.UnixNano() - s.client.Intended
			late, early = append(late, off), append(early, -off)
		}
		t.Logf("behind its turn: p50 %s, p90 %s, p99 %s, worst %s", at(late, 50), at(late, 90), at(late, 99), at(late, 100))
		require.Less(t, at(early, 100), offTurn, "a request came before its turn")
		switch p99 := at(late, 99); {
		case p99 <= wide(offTurn):
			return
		case !strict() && admits(level):
			t.Logf("the level says itself that the client was late here")
			return
		case try == tries():
			t.Errorf("p99 %s behind its turn, more than %s", p99, wide(offTurn))
			return
		}
	}
}
