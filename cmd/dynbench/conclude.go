package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/report"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/sla"
)

// conclude shows what a run came to and returns the error that its exit code
// is made from; err is how the measurement ended.
func (p *Process) conclude(ctx context.Context, run *result.Run, err error, noPlot bool) error {
	stopped := run.State == result.Interrupted && ctx.Err() != nil
	files, failed := harness.Report(run, noPlot || stopped)
	if errors.Is(failed, report.ErrNothing) {
		files, failed = harness.Report(run, true)
	}
	if e := p.show(run, files); e != nil {
		failed = errors.Join(failed, e)
	}
	if failed != nil {
		failed = fmt.Errorf("report of %s: %w", run.Name, failed)
	}
	switch {
	case stopped:
		return withNext(errors.Join(fmt.Errorf("%w: %s kept in %s", context.Cause(ctx), wholeOf(run), run.Dir), err, failed),
			"the same command with --resume finishes the run")
	case err != nil || failed != nil:
		return errors.Join(err, failed)
	}
	if err := levelErrors(run); err != nil {
		return err
	}
	return goalErrors(run)
}

// show prints the table, the verdicts and where the files are.
func (p *Process) show(run *result.Run, files []string) error {
	if err := report.Table(p.Stdout, []*result.Run{run}); err != nil {
		return err
	}
	if err := verdicts(p.Stdout, run); err != nil {
		return err
	}
	return printFiles(p.Stdout, run.Dir, files)
}

func verdicts(w io.Writer, run *result.Run) error {
	for i, row := range run.Assertions.Rows {
		if i == 0 {
			if _, err := fmt.Fprintln(w, "\ngoals"); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintln(w, "  "+sla.Line(row)); err != nil {
			return err
		}
	}
	return nil
}

func printFiles(w io.Writer, dir string, files []string) error {
	fmt.Fprintf(w, "\nresults  %s\n", dir)
	plots := 0
	for _, f := range files {
		switch filepath.Ext(f) {
		case ".txt":
			fmt.Fprintf(w, "summary  %s\n", f)
		case ".png":
			plots++
		}
	}
	if plots > 0 {
		_, err := fmt.Fprintf(w, "plots    %d in %s\n", plots, filepath.Dir(files[0]))
		return err
	}
	return nil
}

func wholeOf(run *result.Run) string {
	whole := 0
	for _, l := range run.Levels {
		if l.State.Whole() {
			whole++
		}
	}
	planned := max(len(run.Load.Levels)*max(run.Load.Repeats, 1), len(run.Levels))
	return fmt.Sprintf("%d of %d levels are whole,", whole, planned)
}

// levelErrors names each level that is not whole.
func levelErrors(run *result.Run) error {
	var errs []error
	for _, l := range run.Levels {
		if !l.State.Whole() {
			errs = append(errs, fmt.Errorf("level %s is %s: %s", l.Label(), l.State, l.Reason))
		}
	}
	if run.State == result.Failed && len(errs) == 0 {
		errs = append(errs, errors.New(run.Reason))
	}
	if len(errs) == 0 {
		return nil
	}
	return withNext(marked{errLevelFailed, errors.Join(errs...)},
		"the errors of each level are in its %s; --resume measures these levels again", result.ExportFile)
}

// goalErrors names the goals that were missed.
func goalErrors(run *result.Run) error {
	failed := run.Assertions.Failed()
	if len(failed) == 0 {
		return nil
	}
	var goals []string
	for _, row := range failed {
		goals = append(goals, row.Goal+" at "+row.Level)
	}
	err := fmt.Errorf("%d of %d goals missed: %s", len(failed), len(run.Assertions.Rows), strings.Join(goals, "; "))
	return withNext(marked{errSLAViolated, err}, "the lines under goals show what was reached, and where")
}
