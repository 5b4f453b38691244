package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/dynbench/dynbench/harness/live"
	"github.com/dynbench/dynbench/harness/report"
	"github.com/dynbench/dynbench/harness/result"
)

// TB is what a measurement needs of a test; *testing.T is one.
type TB interface {
	Helper()
	Name() string
	Context() context.Context
	Cleanup(func())
	Failed() bool
	ArtifactDir() string
	Attr(key, value string)
	Deadline() (deadline time.Time, ok bool)
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// OutputDirEnv names the folder that result trees go to in place of a test's
// artifact folder.
const OutputDirEnv = "DYNBENCH_OUTPUT_DIR"

// margin is what a test keeps of its time to write what it has: of go test's
// own deadline, past which the process is killed.
const margin = 15 * time.Second

// Run measures sys in a test. Its result tree goes to the test's artifact
// folder, or to $DYNBENCH_OUTPUT_DIR with a copy of what is small in the
// artifacts. A configuration or target that cannot be measured is fatal, a
// failed level an error; the SUMMARY and the plots are written when the test
// ends, with the verdicts that it came to.
//
// Run ends before the test's deadline does: what was measured by then is kept,
// and the error names the -timeout that the whole would need.
func Run(t TB, sys System, s Sweep) *result.Run {
	t.Helper()
	if s.Name == "" {
		s.Name = nameOf(t)
	}
	if s.Progress == nil {
		s.Progress = live.New(live.Config{Out: os.Stderr})
	}
	artifacts := Artifacts(t)
	dir := os.Getenv(OutputDirEnv)
	if dir == "" {
		dir = artifacts
	}
	ctx, cancel := withinDeadline(t)
	defer cancel()
	began := time.Now()
	run, err := s.Run(ctx, sys, dir)
	if run == nil {
		t.Fatalf("benchmark %s: %v", s.Name, err)
		return nil
	}
	t.Cleanup(func() { finishTest(t, run, artifacts, s.NoPlot) })
	describeTest(t, run)
	if err != nil {
		t.Errorf("benchmark %s: %v; what was measured is in %s", s.Name, err, run.Dir)
	}
	if errors.Is(context.Cause(ctx), errDeadline) {
		t.Errorf("benchmark %s stopped %s before the test's deadline, partial results in %s: the whole needs -timeout %s, or 0 for none",
			s.Name, margin, run.Dir, needed(s.withDefaults(), run, time.Since(began)))
	}
	return run
}

// RequireLevel fails the test when the level is not whole.
func RequireLevel(t TB, l result.Level) {
	t.Helper()
	t.Logf("%d requests, %d errors, effective concurrency %.1f of %d", l.Requests, l.Errors, l.EffectiveConcurrency, l.Concurrency)
	if !l.State.Whole() {
		t.Errorf("level %s is %s: %s", l.Label(), l.State, l.Reason)
	}
}

// Artifacts is the test's artifact folder. Attributes of a test are set after
// this call: some readers of go test's output lose those set before.
func Artifacts(t TB) string {
	t.Helper()
	return t.ArtifactDir()
}

func describeTest(t TB, run *result.Run) {
	t.Attr("dynbench.run", run.RunID)
	t.Attr("dynbench.model", run.Target.Model)
	t.Attr("dynbench.fingerprint", run.Fingerprint)
	t.Attr("dynbench.results", run.Dir)
}

// finishTest writes the report and leaves the small files in the artifacts.
func finishTest(t TB, run *result.Run, artifacts string, noPlot bool) {
	files, err := Report(run, noPlot)
	switch {
	case errors.Is(err, report.ErrNothing):
		t.Logf("nothing to plot: no level of %s has data", run.Name)
	case err != nil:
		t.Errorf("report of %s: %v", run.Name, err)
	}
	for _, name := range []string{result.RunFile, result.TidyFile, result.BenchFile} {
		files = append(files, filepath.Join(run.Dir, name))
	}
	if err := copyInto(artifacts, files); err != nil {
		t.Errorf("artifacts of %s: %v", run.Name, err)
	}
	if text, err := os.ReadFile(filepath.Join(filepath.Dir(run.Dir), PlotsDir, report.SummaryText)); err == nil {
		t.Logf("\n%s", text)
	}
}

// copyInto copies files that are elsewhere into dir.
func copyInto(dir string, files []string) error {
	for _, f := range files {
		if rel, err := filepath.Rel(dir, f); err == nil && filepath.IsLocal(rel) {
			continue
		}
		b, err := os.ReadFile(f)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(f)), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}

var errDeadline = errors.New("the test's deadline is near")

// withinDeadline is the test's context, ending some seconds before its deadline.
func withinDeadline(t TB) (context.Context, context.CancelFunc) {
	deadline, ok := t.Deadline()
	if !ok {
		return context.WithCancel(t.Context())
	}
	keep := min(margin, time.Until(deadline)/3)
	return context.WithDeadlineCause(t.Context(), deadline.Add(-keep), errDeadline)
}

// needed estimates the -timeout for the whole sweep from what has been done:
// the rest goes at the pace of the last level.
func needed(s Sweep, run *result.Run, spent time.Duration) time.Duration {
	done := map[string]bool{}
	var pace float64 // seconds a round of one request a slot
	for _, l := range run.Levels {
		done[l.Dir] = l.State.Whole()
		if rounds := float64(l.Requests+l.Window.Warmup) / float64(max(l.Concurrency, 1)); rounds > 0 {
			pace = max(pace, l.Ended.Sub(l.Started).Seconds()/rounds)
		}
	}
	total := spent
	for _, t := range s.tasks() {
		if p := t.level.Plan; !done[t.dir] {
			seconds := pace * float64(requests(p)) / float64(max(p.Concurrency, 1))
			if p.Open() {
				seconds = float64(requests(p)) / p.Arrival.Mean()
			}
			total += p.Measure.Duration + time.Duration(seconds*float64(time.Second))
		}
	}
	return (total + total/4 + 2*margin).Round(time.Minute) + time.Minute
}

var notInNames = regexp.MustCompile(`[^a-zA-Z0-9_-]+`)

// nameOf makes the name of a benchmark from that of its test.
func nameOf(t TB) string {
	name := notInNames.ReplaceAllString(strings.TrimPrefix(t.Name(), "Test"), "-")
	return fmt.Sprintf("%.100s", strings.Trim(name, "-"))
}
