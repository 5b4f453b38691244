package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/result"
)

func TestReportOfATree(t *testing.T) {
	b := newBench(t)
	e := (&endpoint{}).serve(t)
	for _, name := range []string{"agg", "disagg"} {
		require.Equal(t, exitOK, b.run("benchmark", "--benchmark-name", name, "--endpoint-url", e.URL, "--model", "m",
			"--isl=16", "--std=0", "--osl=4", "--no-plot", "--concurrencies=1,2", "--requests=3", "--sla=error_rate<=0.5").Code)
	}
	require.NoError(t, os.RemoveAll(b.path("plots")))
	o := b.run("report", "benchmarks/results")
	require.Equal(t, exitOK, o.Code)
	require.Contains(t, o.Out, "agg\n")
	require.Contains(t, o.Out, "disagg\n")
	require.Equal(t, 4, strings.Count(o.Out, "error_rate <= 0.5 at c"))
	require.FileExists(t, b.path("plots", "SUMMARY.txt"))

	require.NoError(t, os.RemoveAll(b.path("plots")))
	require.Equal(t, exitOK, b.run("report", "benchmarks/results/agg").Code)
	summary, err := os.ReadFile(b.path("plots", "SUMMARY.txt"))
	require.NoError(t, err)
	require.Contains(t, string(summary), "disagg", "the SUMMARY is that of the tree")
}

func TestPlot(t *testing.T) {
	b := newBench(t)
	e := (&endpoint{}).serve(t)
	require.Equal(t, exitOK, b.measure(e, "--concurrencies=1,2", "--requests=3").Code)

	o := b.run("plot", "--data_dir", "benchmarks/results", "--benchmark-name", "chat", "--output-dir", "drawn")
	require.Equal(t, exitOK, o.Code)
	require.FileExists(t, filepath.Join(b.dir, "drawn", "request_throughput_vs_concurrency.png"))
	require.Equal(t, exitOK, b.run("plot", "--data-dir", "benchmarks/results/chat", "--title-case", "--old-efficiency", "--output-dir", "one").Code)

	o = b.run("plot", "--data-dir", "benchmarks/results", "--benchmark-name", "nope", "chat", "--output-dir", "no")
	require.Equal(t, exitFailure, o.Code)
	require.Contains(t, o.Errors, "no benchmark nope in")
	require.Contains(t, o.Errors, "there are: chat")
	require.NoDirExists(t, filepath.Join(b.dir, "no"))

	for i := range 12 {
		require.NoError(t, os.CopyFS(b.path("copy"+string(rune('a'+i))), os.DirFS(b.path("chat"))))
	}
	o = b.run("plot", "--data-dir", "benchmarks/results", "--output-dir", "no")
	require.Equal(t, exitFailure, o.Code)
	require.Contains(t, o.Errors, "13, at most 12: chat")
	require.Contains(t, o.Errors, "--max-benchmarks")
	require.NoDirExists(t, filepath.Join(b.dir, "no"))
}

func TestNothingToPlot(t *testing.T) {
	b := newBench(t)
	require.NoError(t, os.Mkdir(filepath.Join(b.dir, "empty"), 0o755))
	for _, line := range []string{"plot --data-dir empty", "plot --data-dir missing", "report empty", "validate empty", "validate missing", "finish empty", "finish missing"} {
		o := b.run(strings.Fields(line)...)
		require.Equal(t, exitFailure, o.Code, line)
		require.Contains(t, o.Errors, "next: ", line)
	}
	require.Len(t, tree(t, b.dir), 2, "no file was made")
}

func TestValidateNamesFaults(t *testing.T) {
	b := newBench(t)
	e := (&endpoint{}).serve(t)
	require.Equal(t, exitOK, b.measure(e, "--concurrencies=1", "--requests=3").Code)
	require.NoError(t, os.WriteFile(b.path("chat", "c1", result.StatusFile), []byte(`{"schema":"bench.level/1"}`), 0o600))
	o := b.run("validate", "benchmarks/results")
	require.Equal(t, exitFailure, o.Code)
	require.Contains(t, o.Out, "chat/c1/status.json")
	for line := range strings.Lines(o.Out) {
		require.Contains(t, line, "chat/c1/", "one fault a line")
	}
}

func TestFinishRebuildsFromRecords(t *testing.T) {
	b := newBench(t)
	e := (&endpoint{}).serve(t)
	require.Equal(t, exitOK, b.measure(e, "--concurrencies=1,2", "--requests=3").Code)
	for _, f := range []string{result.StatusFile, result.ExportFile, result.CSVFile} {
		require.NoError(t, os.Remove(b.path("chat", "c2", f)))
	}
	for _, dir := range []string{"benchmarks/results", "benchmarks/results/chat"} {
		o := b.run("finish", dir)
		require.Equal(t, exitOK, o.Code)
		want := "chat: rebuilt c2 from records"
		if strings.HasSuffix(dir, "chat") {
			want = "chat: nothing to rebuild"
		}
		require.Contains(t, o.Out, want)
	}
	run, err := result.Load(b.path("chat"))
	require.NoError(t, err)
	require.Equal(t, result.LevelPartial, run.Level("c2").State)
	require.Equal(t, exitOK, b.measure(e, "--concurrencies=1,2", "--requests=3", "--resume").Code)
}
