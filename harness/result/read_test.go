package result_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/result"
)

const trees = "testdata/trees"

func load(t *testing.T, parts ...string) *result.Run {
	t.Helper()
	run, err := result.Load(filepath.Join(append([]string{trees}, parts...)...))
	require.NoError(t, err)
	return run
}

func levelNames(run *result.Run) []string {
	var out []string
	for _, l := range run.Levels {
		out = append(out, l.Name)
	}
	return out
}

func TestLoadUnversionedTree(t *testing.T) {
	run := load(t, "unversioned")
	require.Equal(t, []string{"c1", "c5", "c10"}, levelNames(run), "c10-old and .old-* are no levels, c10's doubled path is one")
	require.Equal(t, "aiperf", run.Dialect)
	require.Equal(t, "m-old", run.Target.Model)
	require.Equal(t, 50.0, run.Workload.OSL)
	require.Equal(t, 128.0, run.Workload.ISL)
	require.Empty(t, run.Schema)
	l := run.Level("c5")
	require.Equal(t, 5, l.Concurrency)
	require.Equal(t, result.LevelOK, l.State)
	require.Equal(t, 10, l.Requests)
	q, ok := l.Quantile("time_to_first_token", 50)
	require.True(t, ok)
	require.Equal(t, 190.0, q.Value)
	require.True(t, math.IsInf(q.High, 1), "another tool gives no interval")
	require.InDelta(t, 5, l.EffectiveConcurrency, 1e-9, "10 requests a second of half a second")
}

func TestLoadOtherDialects(t *testing.T) {
	for _, c := range []struct {
		dir, level, model, dialect string
		concurrency, requests      int
		state                      result.LevelState
		osl                        float64
	}{
		{"v1.0", "concurrency_16", "m-old", "aiperf", 16, 48, result.LevelOK, 50},
		{"v1.1", "concurrency4", "m-old", "aiperf", 4, 12, result.LevelDegraded, 50},
		{"v1.4", "c8", "m-new", "aiperf", 8, 24, result.LevelOK, 64},
		{"flat", "flat", "m-new", "aiperf", 8, 24, result.LevelOK, 64},
		{"genai-perf", "c2", "m-genai", "genai-perf", 2, 20, result.LevelOK, 50},
	} {
		run := load(t, c.dir)
		require.Equal(t, []string{c.level}, levelNames(run), c.dir)
		require.Equal(t, c.model, run.Target.Model, c.dir)
		require.Equal(t, c.dialect, run.Dialect, c.dir)
		require.Equal(t, c.osl, run.Workload.OSL, c.dir)
		l := run.Levels[0]
		require.Equal(t, c.concurrency, l.Concurrency, c.dir)
		require.Equal(t, c.requests, l.Requests, c.dir)
		require.Equal(t, c.state, l.State, c.dir)
		v, ok := l.Value("request_throughput")
		require.True(t, ok, c.dir)
		require.Equal(t, 2*float64(c.concurrency), v, c.dir)
		require.Equal(t, "http://h:8000", run.Target.URL, c.dir)
	}
	run := load(t, "v1.4")
	require.Equal(t, 2, run.Target.GPUs)
	require.Equal(t, int64(7), run.Seed)
	require.Equal(t, 24, run.Levels[0].Stats["time_to_first_token"].Count)
	require.NotContains(t, run.Levels[0].Stats, "warmup_metrics")
	require.Equal(t, []result.ErrorGroup{{Code: 503, Type: "Service Unavailable", Message: "busy", Count: 3}}, load(t, "v1.1").Levels[0].Failures)
}

func TestLoadTreeOfFailedLevels(t *testing.T) {
	run := load(t, "failed")
	require.Equal(t, []string{"c1", "c2"}, levelNames(run))
	for _, l := range run.Levels {
		require.Equal(t, result.LevelFailed, l.State)
		require.Empty(t, l.Stats)
		require.NotEmpty(t, l.Reason)
	}
}

func TestLoadRefuses(t *testing.T) {
	_, err := result.Load(filepath.Join(trees, "twice"))
	require.ErrorContains(t, err, "folders c10 and concurrency_10 are both level 10")
	_, err = result.Load(t.TempDir())
	require.ErrorIs(t, err, result.ErrEmpty)
	_, err = result.Load(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
	dir := t.TempDir()
	write(t, `{"schema":"bench.run/2","levels":[]}`, dir, result.RunFile)
	_, err = result.Load(dir)
	require.ErrorContains(t, err, `schema "bench.run/2": this version reads "bench.run/1"`)
	write(t, `{"schema":"bench.run/1","levels":[{"name":"c1","dir":"../../etc"}]}`, dir, result.RunFile)
	_, err = result.Load(dir)
	require.ErrorContains(t, err, "not below its run's")
}

func TestLoadAll(t *testing.T) {
	out := t.TempDir()
	writeTree(t, out, "b")
	writeTree(t, out, "a")
	writeTree(t, filepath.Join(out, "duel"), "new")
	write(t, "{}", out, "plots", result.ExportFile)
	write(t, "{}", out, ".old-1", "c1", result.ExportFile)
	write(t, "text", out, "notes", "README")
	runs, err := result.LoadAll(out, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b", "duel/new"}, names(runs))
	runs, err = result.LoadAll(out, []string{"b"})
	require.NoError(t, err)
	require.Equal(t, []string{"b"}, names(runs))
	runs, err = result.LoadAll(filepath.Join(out, "a"), nil)
	require.NoError(t, err, "the data folder is a benchmark itself")
	require.Equal(t, []string{"a"}, names(runs))
	_, err = result.LoadAll(out, []string{"b", "c", "d"})
	require.ErrorContains(t, err, "no benchmark c, d in")
	require.ErrorContains(t, err, "there are: a, b, duel/new")
	_, err = result.LoadAll(t.TempDir(), nil)
	require.ErrorIs(t, err, result.ErrEmpty)
	_, err = result.LoadAll(filepath.Join(out, "nowhere"), nil)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestBenchmarkMayBeCalledAsALevel(t *testing.T) {
	out := t.TempDir()
	writeTree(t, out, "c10")
	runs, err := result.LoadAll(out, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"c10"}, names(runs))
}

func TestLoadFollowsNoLinks(t *testing.T) {
	dir := t.TempDir()
	abs, err := filepath.Abs(filepath.Join(trees, "v1.4", "c8"))
	require.NoError(t, err)
	require.NoError(t, os.Symlink(abs, filepath.Join(dir, "c8")))
	_, err = result.Load(dir)
	require.ErrorIs(t, err, result.ErrEmpty)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "c9"), 0o755))
	require.NoError(t, os.Symlink(filepath.Join(abs, result.ExportFile), filepath.Join(dir, "c9", result.ExportFile)))
	run, err := result.Load(dir)
	require.NoError(t, err)
	require.Equal(t, result.LevelFailed, run.Levels[0].State)
}

func TestLoadOwnLevelWithMissingOrBrokenFiles(t *testing.T) {
	dir, _ := writeTree(t, t.TempDir(), "agg")
	write(t, "{", dir, "c2", result.ExportFile)
	run, err := result.Load(dir)
	require.NoError(t, err)
	require.Equal(t, result.LevelFailed, run.Levels[0].State)
	require.NoError(t, os.Remove(filepath.Join(dir, "c2", result.StatusFile)))
	run, err = result.Load(dir)
	require.NoError(t, err)
	require.Equal(t, result.LevelPartial, run.Levels[0].State)
	require.Contains(t, run.Levels[0].Reason, "files are missing")
}

func names(runs []*result.Run) []string {
	var out []string
	for _, r := range runs {
		out = append(out, r.Name)
	}
	return out
}
