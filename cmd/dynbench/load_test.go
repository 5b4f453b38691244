package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures/engine"
	"github.com/dynbench/dynbench/fixtures/sim"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
)

// simulated is the URL of a fast simulated engine.
func simulated(t *testing.T) string {
	t.Helper()
	s, err := engine.NewServer(engine.ServerConfig{Model: "m", Sim: sim.Config{Speedup: 100}})
	require.NoError(t, err)
	web := httptest.NewServer(s)
	t.Cleanup(func() { web.CloseClientConnections(); web.Close(); s.Close() })
	return web.URL
}

func loadLine(url string, more ...string) []string {
	return append([]string{"load", "-m", "m", "--url", url, "--isl", "16", "--osl", "4", "--no-plot"}, more...)
}

// flat loads the run in artifacts/ and wants its files sound.
func (b *bench) flat() *result.Run {
	b.t.Helper()
	dir := filepath.Join(b.dir, "artifacts")
	problems, err := result.Validate(dir)
	require.NoError(b.t, err)
	require.Empty(b.t, problems)
	run, err := result.Load(dir)
	require.NoError(b.t, err)
	require.Equal(b.t, result.Complete, run.State, run.Reason)
	require.Equal(b.t, "artifacts", run.Name)
	require.True(b.t, run.Flat)
	return run
}

func TestLoadLaysItsFilesFlat(t *testing.T) {
	b := newBench(t)
	o := b.run(loadLine(simulated(t), "--concurrency", "2", "--request-count", "5", "--streaming", "--extra-inputs", "temperature:0.5")...)
	require.Equal(t, exitOK, o.Code)
	run := b.flat()
	require.Len(t, run.Levels, 1)
	require.Equal(t, "c2", run.Levels[0].Name)
	require.Equal(t, result.FlatDir, run.Levels[0].Dir)
	require.Equal(t, 5, run.Levels[0].Requests)
	require.Zero(t, run.Levels[0].Window.Warmup, "none unless asked")
	for _, name := range []string{
		result.RunFile, result.TidyFile, result.BenchFile, result.StatusFile, result.ExportFile, result.CSVFile,
		result.RecordsFile, result.InputsFile, "plots/SUMMARY.txt",
	} {
		require.FileExists(t, filepath.Join(b.dir, "artifacts", name))
	}
	require.NoDirExists(t, filepath.Join(b.dir, "plots"), "nothing beside the folder")
	tidy, err := os.ReadFile(filepath.Join(b.dir, "artifacts", result.TidyFile))
	require.NoError(t, err)
	require.Contains(t, string(tidy), "artifacts,c2,time_to_first_token,ms,p50,")
	require.Equal(t, exitOK, b.run("report", "artifacts").Code)
	require.NoDirExists(t, filepath.Join(b.dir, "plots"))
}

func TestLoadTakesUpAFlatRun(t *testing.T) {
	b := newBench(t)
	url := simulated(t)
	line := loadLine(url, "--request-count", "3")
	require.Equal(t, exitOK, b.run(line...).Code)
	require.Contains(t, b.run(line...).Errors, "holds results already")
	require.Contains(t, b.run(append(line, "--resume")...).Out, "nothing was left to measure")

	o := b.run(append(line, "--resume", "--concurrency", "2")...)
	require.Equal(t, exitFailure, o.Code)
	require.Contains(t, o.Errors, "level c1 does not belong")

	for _, f := range []string{result.StatusFile, result.ExportFile, result.CSVFile} {
		require.NoError(t, os.Remove(filepath.Join(b.dir, "artifacts", f)))
	}
	require.Contains(t, b.run("finish", "artifacts").Out, "rebuilt c1 from records")
	require.Equal(t, exitOK, b.run(append(line, "--resume")...).Code)
	require.Equal(t, 3, b.flat().Levels[0].Requests)

	require.Equal(t, exitOK, b.run(loadLine(url, "--request-count", "3", "--overwrite", "--concurrency", "3")...).Code)
	require.Equal(t, "c3", b.flat().Levels[0].Name)
	old, err := filepath.Glob(filepath.Join(b.dir, "artifacts", ".old-*", result.RecordsFile))
	require.NoError(t, err)
	require.Len(t, old, 2)
}

func TestLoadGivesSeveralLevelsAFolderEach(t *testing.T) {
	b := newBench(t)
	o := b.run("load", "-m", "m", "-u", simulated(t), "--isl", "16", "--osl", "4", "--concurrency", "1", "2", "--request-count", "3")
	require.Equal(t, exitOK, o.Code)
	require.Len(t, b.flat().Levels, 2)
	require.FileExists(t, filepath.Join(b.dir, "artifacts", "plots", "request_throughput_vs_concurrency.png"))
	require.FileExists(t, filepath.Join(b.dir, "artifacts", "c2", result.ExportFile))
	require.FileExists(t, filepath.Join(b.dir, "artifacts", "plots", "SUMMARY.txt"))
	require.Equal(t, exitOK, b.run("report", "artifacts").Code)
	require.NoDirExists(t, filepath.Join(b.dir, "plots"))
}

func TestLoadInAnOpenLoop(t *testing.T) {
	b := newBench(t)
	o := b.run(loadLine(simulated(t), "--request-rate", "200", "--arrival-pattern", "constant", "--num-requests", "20",
		"--warmup-request-count", "2", "--max-in-flight", "50")...)
	require.Equal(t, exitOK, o.Code)
	run := b.flat()
	require.Equal(t, "rate", run.Load.Kind)
	require.Equal(t, 20, run.Levels[0].Requests)
	require.Equal(t, 2, run.Levels[0].Window.Warmup)
}

func TestLoadForATime(t *testing.T) {
	b := newBench(t)
	b.env["DYNBENCH_BENCHMARK_DURATION"] = "0.2"
	require.Equal(t, exitOK, b.run(loadLine(simulated(t))...).Code)
	require.NotZero(t, b.flat().Levels[0].Requests)
}

func TestLoadAsksForNoLengthUnlessTold(t *testing.T) {
	b := newBench(t)
	e := (&endpoint{osl: 3}).serve(t)
	o := b.run("load", "-m", "m", "--url", e.URL, "--isl", "16", "--request-count", "2", "--no-plot")
	require.Equal(t, exitOK, o.Code)
	run := b.flat()
	require.Zero(t, run.Workload.OSL)
	inputs, err := os.ReadFile(filepath.Join(b.dir, "artifacts", result.InputsFile))
	require.NoError(t, err)
	require.NotContains(t, string(inputs), "max_tokens")
	require.NotContains(t, string(inputs), "ignore_eos")
}

func TestLoadAsksTheUsersPrompts(t *testing.T) {
	b := newBench(t)
	require.NoError(t, os.WriteFile(filepath.Join(b.dir, "own.jsonl"), []byte(
		`{"text":"one two","output_length":3}`+"\n"+`{"texts":["three","four"],"extra":{"temperature":0.5}}`+"\n"), 0o600))
	require.Equal(t, exitOK, b.run(loadLine(simulated(t), "--input-file", "own.jsonl")...).Code)
	run := b.flat()
	require.Equal(t, "single_turn", run.Workload.Kind)
	require.Equal(t, 2, run.Workload.Prompts)
	require.Len(t, run.Workload.Files[0].SHA256, 64)
	inputs, err := os.ReadFile(filepath.Join(b.dir, "artifacts", result.InputsFile))
	require.NoError(t, err)
	require.Contains(t, string(inputs), `three\nfour`)
	wanted := map[int]int{}
	for r, err := range record.ReadFile(filepath.Join(b.dir, "artifacts", result.RecordsFile)) {
		require.NoError(t, err)
		wanted[r.Wanted]++
	}
	require.Equal(t, map[int]int{3: 1, 4: 1}, wanted, "a length of its own, and that of --osl")
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"no streaming":    {[]string{"--url", "http://h:1", "--streaming=false"}, "TTFT needs streaming"},
		"no URL":          {nil, "load needs --url URL"},
		"two loops":       {[]string{"--url", "http://h:1", "--concurrency", "1", "--request-rate", "1"}, "--request-rate and --concurrency exclude each other"},
		"two ends":        {[]string{"--url", "http://h:1", "--request-count", "3", "--benchmark-duration", "3"}, "--benchmark-duration and --request-count exclude"},
		"too short":       {[]string{"--url", "http://h:1", "--request-count", "3", "--concurrency", "4"}, "--request-count 3 at concurrency 4"},
		"bad length":      {[]string{"--url", "http://h:1", "--isl", "0", "--osl=-3", "--isl-stddev=-1"}, "--synthetic-input-tokens-mean 0"},
		"bad extra":       {[]string{"--url", "http://h:1", "--extra-inputs", "x"}, `--extra-inputs "x"`},
		"no file":         {[]string{"--url", "http://h:1", "--input-file", "none.jsonl"}, "--input-file: prompts: "},
		"benchmark's own": {[]string{"--url", "http://h:1", "--benchmark-name", "x"}, "no flag --benchmark-name"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			o := b.run(append([]string{"load"}, tt.args...)...)
			require.Equal(t, exitUsage, o.Code)
			require.Contains(t, o.Errors, tt.want)
			b.wroteNothing()
		})
	}
}

func TestNameOfAFolder(t *testing.T) {
	for dir, want := range map[string]string{
		"artifacts": "artifacts", "/x/a b.c": "a-b-c", "/x/plots": "load-plots", "/": "load-", "/x/-n-": "n",
	} {
		require.Equal(t, want, nameOf(dir), dir)
	}
}
