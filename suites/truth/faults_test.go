package truth

import (
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

// faulty measures a server that gives requests these fates, after the probe.
func faulty(t *testing.T, fates []reference.Fate, slots, requests int, timeout time.Duration) (*result.Run, result.Level) {
	t.Helper()
	server := serve(t, reference.Config{Faults: reference.Faults{Skip: 1, Fates: fates}})
	run := harness.Run(t, target.Target{URL: server.URL(), Model: reference.DefaultModel}, harness.Sweep{
		Workload:     workload.Synthetic{ISL: 32, OSL: 16},
		Levels:       load.Concurrency(slots),
		Warmup:       load.NoWarmup,
		Measure:      load.Requests(requests),
		Client:       harness.ClientOptions{Timeout: timeout},
		MaxErrorRate: 1,
		NoPlot:       true,
	})
	require.Len(t, run.Levels, 1)
	return run, run.Levels[0]
}

// TestTwelveFates: a run of twelve, one after the other, on which load
// generators differ: five ok and seven failed, each by its kind.
func TestTwelveFates(t *testing.T) {
	run, level := faulty(t, reference.Twelve(), 1, 12, 0)

	want := []record.Outcome{
		record.OK, record.OK, record.HTTPError, record.StreamError, record.StreamError, record.Truncated,
		record.Truncated, record.Empty, record.OK, record.Empty, record.OK, record.OK,
	}
	var got []record.Outcome
	for r, err := range record.ReadFile(filepath.Join(run.Dir, level.Dir, result.RecordsFile)) {
		require.NoError(t, err)
		got = append(got, r.Outcome)
	}
	require.Equal(t, want, got)
	require.Equal(t, 12, level.Requests)
	require.Equal(t, 7, level.Errors)
	require.Equal(t, 1, level.Defects)
}

// TestOutcomesAreCountedExactly: whatever a server does to them, and to how
// many at once, each request is counted once, by its kind.
func TestOutcomesAreCountedExactly(t *testing.T) {
	fates := []reference.Fate{
		reference.Good, reference.Status, reference.ErrorObject, reference.ErrorEvent, reference.Truncate,
		reference.Reset, reference.Nothing, reference.UsageOnly, reference.BrokenLine, reference.Drop,
		reference.Hang, reference.Stall,
	}
	const times = 4
	_, level := faulty(t, fates, 6, times*len(fates), time.Second)

	require.Equal(t, map[string]int{
		"ok": 2 * times, "http_error": times, "stream_error": 2 * times, "truncated": 2 * times,
		"empty": 2 * times, "connect": times, "timeout": 2 * times,
	}, present(level.Outcomes))
	require.Equal(t, times, level.Defects)
	require.Equal(t, times*len(fates), level.Requests)
	require.Equal(t, (len(fates)-2)*times, level.Errors)
}

// present leaves out the kinds that did not occur.
func present(outcomes map[string]int) map[string]int {
	m := map[string]int{}
	for kind, n := range outcomes {
		if n > 0 {
			m[kind] = n
		}
	}
	return m
}
