package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/target"
	"github.com/dynbench/dynbench/harness/workload"
)

func TestReportAndPlotOfAComparison(t *testing.T) {
	b := newBench(t)
	e := (&endpoint{}).serve(t)
	sweep := harness.Sweep{Workload: workload.Synthetic{ISL: 16, OSL: 4}, Levels: load.Concurrency(1), Measure: load.Requests(3)}
	up := harness.Standing(target.Target{URL: e.URL, Model: "m"})
	_, err := harness.Comparing{
		Arms: []harness.Arm{{Name: "left", Sweep: sweep, Up: up}, {Name: "right", Sweep: sweep, Up: up}}, Pairs: 2, NoPlot: true,
	}.Run(context.Background(), filepath.Join(b.dir, "ab"))
	require.NoError(t, err)

	require.NoError(t, os.Remove(filepath.Join(b.dir, "ab", "SUMMARY.txt")))
	o := b.run("report", "ab")
	require.Equal(t, exitOK, o.Code, o.Errors)
	require.Contains(t, o.Out, "Against left")
	require.FileExists(t, filepath.Join(b.dir, "ab", "SUMMARY.txt"))
	require.NoFileExists(t, filepath.Join(b.dir, "ab", "comparison_vs_concurrency.png"))

	require.Equal(t, exitOK, b.run("plot", "--data-dir", "ab").Code)
	require.FileExists(t, filepath.Join(b.dir, "ab", "comparison_vs_concurrency.png"))
	require.Equal(t, exitOK, b.run("plot", "--data-dir", "ab", "--output-dir", "drawn").Code)
	require.FileExists(t, filepath.Join(b.dir, "drawn", "comparison_vs_concurrency.png"))
	require.Equal(t, exitOK, b.run("validate", "ab").Code)

	require.NoError(t, os.WriteFile(filepath.Join(b.dir, "ab", result.ComparisonFile), []byte(`{"schema":"dynbench.comparison/9"}`), 0o644))
	o = b.run("report", "ab")
	require.Equal(t, exitFailure, o.Code)
	require.Contains(t, o.Errors, "dynbench.comparison/9")
}
