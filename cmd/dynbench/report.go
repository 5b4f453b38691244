package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/report"
	"github.com/dynbench/dynbench/harness/result"
)

func newReportCommand(p *Process) *cobra.Command {
	return &cobra.Command{
		Use:   "report DIR",
		Short: "Print tables and verdicts of results, and rewrite their SUMMARY",
		Long: `Print the table and the verdicts of each benchmark in a folder, or of one
benchmark, and rewrite the SUMMARY of the folder. Of a comparison of several arms
it prints what they came to against the first.`,
		Example: `  dynbench report benchmarks/results`,
		Args:    oneDir,
		RunE:    func(_ *cobra.Command, args []string) error { return p.report(p.path(args[0])) },
	}
}

func (p *Process) report(dir string) error {
	if isFile(filepath.Join(dir, result.ComparisonFile)) {
		return p.reportComparison(dir, dir, report.ComparisonOptions{NoPlot: true})
	}
	runs, err := result.LoadAll(dir, nil)
	if err != nil {
		return err
	}
	for i, run := range runs {
		if i > 0 {
			fmt.Fprintln(p.Stdout)
		}
		if err := errors.Join(report.Table(p.Stdout, []*result.Run{run}), verdicts(p.Stdout, run)); err != nil {
			return err
		}
	}
	files, err := summarize(dir)
	if err != nil {
		return err
	}
	return printFiles(p.Stdout, absolute(dir), files)
}

// summarize rewrites the SUMMARY of the tree that dir is, or is a benchmark of.
func summarize(dir string) ([]string, error) {
	tree := treeOf(dir)
	runs, err := result.LoadAll(tree, nil)
	if err != nil {
		return nil, err
	}
	return report.WriteSummary(filepath.Join(tree, harness.PlotsDir), runs, report.Options{ResultsDir: tree})
}

// treeOf is the tree of one benchmark of ours, or else dir itself.
func treeOf(dir string) string {
	abs := absolute(dir)
	if !isFile(filepath.Join(abs, result.RunFile)) {
		return abs
	}
	if run, err := result.Load(abs); err == nil {
		return run.Tree()
	}
	return filepath.Dir(abs)
}

// absolute names a folder so that it can be found from anywhere.
func absolute(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}
