package main

import (
	"github.com/dynbench/dynbench/harness/report"
	"github.com/dynbench/dynbench/harness/result"
)

// reportComparison prints the tables of the comparison in dir and writes its
// SUMMARY, and its plot where asked, into outputDir.
func (p *Process) reportComparison(dir, outputDir string, o report.ComparisonOptions) error {
	c, err := result.ReadComparison(dir)
	if err != nil {
		return err
	}
	files, err := report.WriteComparison(outputDir, c, o)
	if err != nil {
		return err
	}
	if err := report.WriteComparisonText(p.Stdout, c, nil); err != nil {
		return err
	}
	return printFiles(p.Stdout, absolute(dir), files)
}
