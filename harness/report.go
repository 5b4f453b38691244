package harness

import (
	"path/filepath"

	"github.com/dynbench/dynbench/harness/report"
	"github.com/dynbench/dynbench/harness/result"
)

// PlotsDir is the folder of plots and SUMMARY beside the benchmarks of a tree.
const PlotsDir = "plots"

// Report writes what the levels and verdicts of a run came to: run.json once
// more, then SUMMARY and, unless noPlot, the plots, of all benchmarks that the
// run's tree holds (see result.Run.Tree). Where those are more than one plot can
// hold, or one of them cannot be read, it shows the run alone. Levels to which
// something was done (Level.Events) get a timeline each, as PNG and CSV. It
// returns the files it wrote.
func Report(run *result.Run, noPlot bool) ([]string, error) {
	if err := result.WriteRun(run.Dir, run); err != nil {
		return nil, err
	}
	tree := run.Tree()
	dir := filepath.Join(tree, PlotsDir)
	o := report.Options{ResultsDir: tree}
	timelines, err := writeTimelines(dir, run, noPlot)
	if err != nil {
		return timelines, err
	}
	write := report.Write
	if noPlot {
		write = report.WriteSummary
	}
	files, err := write(dir, siblings(run, tree), o)
	return append(timelines, files...), err
}

// siblings are the run and the other benchmarks of its tree, by name.
func siblings(run *result.Run, tree string) []*result.Run {
	all, err := result.LoadAll(tree, nil)
	if err != nil || len(all) > report.MaxBenchmarks {
		return []*result.Run{run}
	}
	for i, r := range all {
		if r.Name == run.Name {
			all[i] = run // with all that its files do not hold
		}
	}
	return all
}
