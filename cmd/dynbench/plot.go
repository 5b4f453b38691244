package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/report"
	"github.com/dynbench/dynbench/harness/result"
)

// plotFlags are the flags of plot.
type plotFlags struct {
	dataDir, outputDir string
	names              []string
	options            report.Options
}

func newPlotCommand(p *Process) *cobra.Command {
	var f plotFlags
	c := &cobra.Command{
		Use:   "plot --data-dir DIR",
		Short: "Draw the plots and the SUMMARY of results that are there",
		Long: `Draw the plots and the SUMMARY of the benchmarks in a folder, or of one
benchmark, or of a comparison of several arms. Results of the original Dynamo benchmark, AIPerf and genai-perf are
read too. Nothing to plot is an error, and then no file is written.`,
		Example: `  dynbench plot --data-dir benchmarks/results
  dynbench plot --data-dir benchmarks/results --benchmark-name agg disagg --output-dir plots`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return p.plot(f) },
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.StringVar(&f.dataDir, "data-dir", "", "folder of the result tree, or of one benchmark")
	fs.StringVar(&f.outputDir, "output-dir", "", "folder of the plots; without it plots/ in the data folder")
	fs.StringArrayVar(&f.names, "benchmark-name", nil, "benchmark to show; several may follow, none shows all")
	fs.IntVar(&f.options.MaxBenchmarks, "max-benchmarks", report.MaxBenchmarks, "most benchmarks in one plot; 48 can be told apart")
	fs.BoolVar(&f.options.TitleCase, "title-case", false, "show names in the legend as the original did")
	fs.BoolVar(&f.options.OldEfficiency, "old-efficiency", false, "efficiency by the original's formulas, which take 200 output tokens for granted")
	describeValues(fs, map[string]string{"data-dir": "DIR", "output-dir": "DIR", "benchmark-name": "NAME", "max-benchmarks": "N"})
	note(fs.Lookup("benchmark-name"), noteEach, "")
	note(fs.Lookup("benchmark-name"), noteRepeat, "")
	return c
}

func (p *Process) plot(f plotFlags) error {
	if f.dataDir == "" {
		return withNext(usagef("plot needs --data-dir DIR"), "for example dynbench plot --data-dir benchmarks/results")
	}
	if f.options.MaxBenchmarks < 1 {
		return usagef("--max-benchmarks %d: want at least 1", f.options.MaxBenchmarks)
	}
	dataDir := p.path(f.dataDir)
	outputDir := p.path(f.outputDir)
	if outputDir == "" {
		outputDir = filepath.Join(dataDir, harness.PlotsDir)
	}
	if len(f.names) == 0 && isFile(filepath.Join(dataDir, result.ComparisonFile)) {
		return p.reportComparison(dataDir, cmp.Or(p.path(f.outputDir), dataDir), report.ComparisonOptions{})
	}
	runs, err := result.LoadAll(dataDir, f.names)
	if err != nil {
		return err
	}
	f.options.ResultsDir = dataDir
	files, err := report.Write(outputDir, runs, f.options)
	switch {
	case errors.Is(err, report.ErrNothing):
		return withNext(fmt.Errorf("%s: %w", dataDir, err), "dynbench report %s shows the state of each level", dataDir)
	case errors.Is(err, report.ErrTooMany):
		return withNext(err, "name those to show by --benchmark-name, or raise --max-benchmarks")
	case err != nil:
		return err
	}
	return printFiles(p.Stdout, absolute(dataDir), files)
}
