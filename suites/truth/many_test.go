package truth

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures/reference"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/target"
	"github.com/dynbench/dynbench/harness/workload"
)

// TestTenThousandStreams: at once, none lost, in less than 1 GiB.
func TestTenThousandStreams(t *testing.T) {
	onlyStrict(t, "10,000 streams")
	needsQuiet(t)
	const streams = 10_000
	needsFiles(t, streams)
	needsPorts(t, streams)
	slow := reference.Pace{FirstMin: time.Second, FirstMax: 2 * time.Second, ITL: 250 * time.Millisecond}
	server := serve(t, reference.Config{Pace: slow})

	used := peak()
	run := harness.Run(t, target.Target{URL: server.URL(), Model: reference.DefaultModel}, harness.Sweep{
		Workload: workload.Synthetic{ISL: 128, OSL: 32},
		Levels:   load.Concurrency(streams),
		Warmup:   load.NoWarmup,
		Measure:  load.Requests(2 * streams),
		NoPlot:   true,
	})
	memory := used()

	level := run.Levels[0]
	harness.RequireLevel(t, level)
	require.Equal(t, 2*streams, level.Requests)
	require.Zero(t, level.Errors)
	both(t, run, level, byID(t, server))
	t.Logf("peak memory %.0f MB", memory)
	require.Less(t, memory, 1074.0)
}

// TestAMillionRequests: in one level, the file complete, in less than 300 MiB.
func TestAMillionRequests(t *testing.T) {
	onlyStrict(t, "1,000,000 requests")
	needsQuiet(t)
	if os.Getenv("DYNBENCH_LONG") == "" {
		t.Skip("takes minutes and a gigabyte of disk: run with DYNBENCH_LONG=1")
	}
	const requests = 1_000_000
	server := serve(t, reference.Config{EventsPerWrite: 8})

	used := peak()
	run := harness.Run(t, target.Target{URL: server.URL(), Model: reference.DefaultModel}, harness.Sweep{
		Workload: workload.Synthetic{ISL: 16, OSL: 8},
		Levels:   load.Concurrency(64),
		Measure:  load.Requests(requests),
		NoPlot:   true,
	})
	memory := used()

	level := run.Levels[0]
	harness.RequireLevel(t, level)
	require.Zero(t, level.Errors)
	kept := 0
	for r, err := range record.ReadFile(filepath.Join(run.Dir, level.Dir, result.RecordsFile)) {
		require.NoError(t, err)
		if r.Phase == record.Measured {
			kept++
		}
	}
	require.Equal(t, requests, kept)
	t.Logf("peak memory %.0f MB, %.0f requests/s", memory, requests/level.Window.Seconds())
	require.Less(t, memory, 315.0)
}
