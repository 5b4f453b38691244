package harness_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/dynbench/dynbench/fixtures/engine"
	"github.com/dynbench/dynbench/fixtures/sim"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/sla"
	"github.com/dynbench/dynbench/harness/target"
	"github.com/dynbench/dynbench/harness/workload"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs a fast simulated engine.
func serve(t *testing.T, faults engine.Faults) (target.Target, *engine.Server) {
	t.Helper()
	s, err := engine.NewServer(engine.ServerConfig{Model: "m", Sim: sim.Config{Speedup: 50}, Faults: faults, Journal: true})
	require.NoError(t, err)
	web := httptest.NewServer(s)
	t.Cleanup(func() { web.CloseClientConnections(); web.Close(); s.Close() })
	return target.Target{URL: web.URL, Model: "m"}, s
}

// small is a sweep of a moment.
func small(levels ...int) harness.Sweep {
	return harness.Sweep{Name: "b", Workload: workload.Synthetic{ISL: 40, ISLStd: 3, OSL: 6}, Levels: load.Concurrency(levels...)}
}

func ids(t *testing.T, dir string) []uint64 {
	t.Helper()
	var all []uint64
	for r, err := range record.ReadFile(filepath.Join(dir, result.RecordsFile)) {
		require.NoError(t, err)
		all = append(all, r.ID)
	}
	return all
}

func TestSweepLeavesAWholeTree(t *testing.T) {
	tgt, _ := serve(t, engine.Faults{})
	out := t.TempDir()
	s := small(1, 4)
	s.Goals = []sla.Goal{sla.P50(metric.TTFT).AtMost(time.Minute), sla.P50(metric.ITL).AtMost(time.Nanosecond).At("c4")}
	run, err := s.Run(t.Context(), tgt, out)
	require.NoError(t, err)
	require.Equal(t, result.Complete, run.State, run.Reason)
	require.Len(t, run.Levels, 2)
	for i, want := range []struct{ requests, warmup int }{{10, 1}, {12, 4}} {
		l := run.Levels[i]
		require.Equal(t, result.LevelOK, l.State, l.Reason)
		require.Equal(t, want.requests, l.Requests)
		require.Equal(t, want.warmup, l.Window.Warmup)
		require.Len(t, ids(t, filepath.Join(run.Dir, l.Dir)), want.requests+want.warmup)
		osl, ok := l.Value(metric.OSL.Def().Key)
		require.True(t, ok)
		require.Equal(t, 6.0, osl)
	}
	require.Equal(t, result.Fail, run.Assertions.Status())
	_, err = harness.Report(run, false)
	require.NoError(t, err)
	problems, err := result.Validate(out)
	require.NoError(t, err)
	require.Empty(t, problems)
}

func TestSameSaltAsksTheSameAndNoSaltNever(t *testing.T) {
	tgt, _ := serve(t, engine.Faults{})
	inputs := func(salt string) string {
		s := small(3)
		s.Salt = salt
		run, err := s.Run(t.Context(), tgt, t.TempDir())
		require.NoError(t, err)
		b, err := os.ReadFile(filepath.Join(run.Dir, "c3", result.InputsFile))
		require.NoError(t, err)
		return string(b)
	}
	require.Equal(t, inputs("a"), inputs("a"))
	require.NotEqual(t, inputs("a"), inputs("b"))
	require.NotEqual(t, inputs(""), inputs(""))
}

func TestFailedRequestsFailTheLevelAndTheNextButOneIsSkipped(t *testing.T) {
	var probed atomic.Bool
	tgt, _ := serve(t, engine.Faults{Choose: func(int) engine.Fault {
		if probed.Swap(true) {
			return engine.FaultStatus
		}
		return engine.NoFault
	}})
	run, err := small(1, 2, 3).Run(t.Context(), tgt, t.TempDir())
	require.NoError(t, err)
	require.Equal(t, result.Failed, run.State)
	require.Equal(t, []result.LevelState{result.LevelFailed, result.LevelFailed, result.LevelSkipped},
		[]result.LevelState{run.Levels[0].State, run.Levels[1].State, run.Levels[2].State})
	require.FileExists(t, filepath.Join(run.Dir, "c1", result.ExportFile))
	require.Equal(t, 10, run.Levels[0].Outcomes["http_error"])
	problems, err := result.Validate(run.Dir)
	require.NoError(t, err)
	require.Empty(t, problems)
}

func TestSomeFailuresDegradeOrFailByTheRate(t *testing.T) {
	for rate, want := range map[float64]result.LevelState{
		0: result.LevelFailed, 0.5: result.LevelDegraded, harness.NoErrors: result.LevelFailed,
	} {
		tgt, _ := serve(t, engine.Faults{Kind: engine.FaultStatus, Every: 3})
		s := small(2)
		s.MaxErrorRate = rate
		run, err := s.Run(t.Context(), tgt, t.TempDir())
		require.NoError(t, err)
		require.Equal(t, want, run.Levels[0].State, "%g: %s", rate, run.Levels[0].Reason)
	}
}

func TestAFolderWithResultsIsRefused(t *testing.T) {
	tgt, server := serve(t, engine.Faults{})
	out := t.TempDir()
	first, err := small(1).Run(t.Context(), tgt, out)
	require.NoError(t, err)
	asked := len(server.Journal())

	for _, e := range []harness.Existing{harness.Refuse, harness.Fresh} {
		s := small(1)
		s.Existing = e
		_, err = s.Run(t.Context(), tgt, out)
		require.ErrorIs(t, err, harness.ErrExists)
		require.Len(t, server.Journal(), asked, "the target was bothered")
	}

	s := small(1)
	s.Existing = harness.Overwrite
	second, err := s.Run(t.Context(), tgt, out)
	require.NoError(t, err)
	require.NotEqual(t, first.RunID, second.RunID)
	require.NotEqual(t, first.Salt, second.Salt)
	old, err := filepath.Glob(filepath.Join(out, "b", ".old-*", "c1", result.RecordsFile))
	require.NoError(t, err)
	require.Len(t, old, 1)
}

func TestAnInterruptedRunIsResumed(t *testing.T) {
	var asked atomic.Int64
	stop := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	tgt, _ := serve(t, engine.Faults{Choose: func(int) engine.Fault {
		if asked.Add(1) == 18 { // the probe, eleven of c1, some of c2
			cancel(stop)
		}
		return engine.NoFault
	}})
	out := t.TempDir()
	run, err := small(1, 2, 3).Run(ctx, tgt, out)
	require.NoError(t, err)
	require.Equal(t, result.Interrupted, run.State)
	require.Equal(t, "interrupted", run.Reason)
	require.Equal(t, result.LevelPartial, run.Level("c2").State)

	s := small(1, 2, 3)
	s.Existing = harness.Resume
	again, err := s.Run(t.Context(), tgt, out)
	require.NoError(t, err)
	require.Equal(t, result.Complete, again.State, again.Reason)
	require.Equal(t, run.RunID, again.RunID)
	require.Equal(t, run.Salt, again.Salt)
	for dir, n := range map[string]int{"c1": 11, "c2": 12, "c3": 13} {
		require.Len(t, ids(t, filepath.Join(run.Dir, dir)), n, dir)
	}
	problems, err := result.Validate(out)
	require.NoError(t, err)
	require.Empty(t, problems)

	before := asked.Load()
	_, err = s.Run(t.Context(), tgt, out)
	require.NoError(t, err)
	require.Equal(t, before, asked.Load(), "a complete run asks nothing more")

	s.Workload = workload.Synthetic{ISL: 41, OSL: 6}
	_, err = s.Run(t.Context(), tgt, out)
	require.ErrorIs(t, err, result.ErrForeign)
}

func TestADeadPartEndsTheLevel(t *testing.T) {
	var dead atomic.Bool
	tgt, _ := serve(t, engine.Faults{Choose: func(n int) engine.Fault {
		if n > 5 {
			dead.Store(true)
			return engine.FaultHang
		}
		return engine.NoFault
	}})
	gone := errors.New("engine-0: exit status 137")
	tgt.Failed = func() error {
		if dead.Load() {
			return gone
		}
		return nil
	}
	s := small(1, 2)
	s.Client.Timeout = 300 * time.Millisecond
	run, err := s.Run(t.Context(), tgt, t.TempDir())
	require.ErrorIs(t, err, gone)
	require.Equal(t, result.Failed, run.State)
	require.Equal(t, result.LevelFailed, run.Levels[0].State)
	require.Len(t, run.Levels, 1)
}

func TestRepeats(t *testing.T) {
	tgt, _ := serve(t, engine.Faults{})
	s := small(1)
	s.Repeats = 2
	run, err := s.Run(t.Context(), tgt, t.TempDir())
	require.NoError(t, err)
	require.Equal(t, []string{"c1/rep-1", "c1/rep-2"}, []string{run.Levels[0].Dir, run.Levels[1].Dir})
	require.Equal(t, result.Complete, run.State, run.Reason)
}

func TestNothingIsWrittenWhenTheTargetIsNot(t *testing.T) {
	tgt, _ := serve(t, engine.Faults{})
	for name, change := range map[string]func(*harness.Sweep, *target.Target){
		"dead":        func(_ *harness.Sweep, t *target.Target) { t.URL = "http://127.0.0.1:1" },
		"wrong model": func(_ *harness.Sweep, t *target.Target) { t.Model = "other" },
		"no URL":      func(_ *harness.Sweep, t *target.Target) { t.URL = "ftp://x:1" },
		"name":        func(s *harness.Sweep, _ *target.Target) { s.Name = "Plots" },
		"level":       func(s *harness.Sweep, _ *target.Target) { s.Levels = load.Concurrency(0) },
		"twice":       func(s *harness.Sweep, _ *target.Target) { s.Levels = load.Concurrency(1, 1) },
	} {
		s, other, out := small(1), tgt, t.TempDir()
		s.ReadyTimeout = 50 * time.Millisecond
		change(&s, &other)
		_, err := s.Run(t.Context(), other, out)
		require.Error(t, err, name)
		files, globErr := filepath.Glob(filepath.Join(out, "*", "*"))
		require.NoError(t, globErr)
		require.Empty(t, files, name)
	}
}

func TestCheckName(t *testing.T) {
	for in, want := range map[string]string{"a": "a", "A_b-9": "A_b-9", " x ": "x", "_": "_"} {
		got, err := harness.CheckName(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got)
	}
	for _, in := range []string{"a.b", "a b", "é", "", "Plots", "plots", "logs", "TMP", "-a", string(make([]byte, 129))} {
		_, err := harness.CheckName(in)
		require.Error(t, err, in)
	}
}

func TestTooManyFailuresCutALevelShort(t *testing.T) {
	for name, c := range map[string]struct {
		rate  float64
		after int
		most  int // requests
	}{"share": {rate: 0.2, most: 30}, "number": {after: 3, most: 20}} {
		tgt, _ := serve(t, engine.Faults{Kind: engine.FaultStatus, Every: 3})
		s := small(2)
		s.Measure, s.AbortErrorRate, s.AbortAfterFailures = load.Requests(10_000), c.rate, c.after
		run, err := s.Run(t.Context(), tgt, t.TempDir())
		require.NoError(t, err, name)
		l := run.Levels[0]
		require.Equal(t, result.LevelPartial, l.State, name)
		require.Contains(t, l.Reason, "aborted", name)
		require.LessOrEqual(t, l.Requests, c.most, name)
	}
}
