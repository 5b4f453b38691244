package harness

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/dynbench/dynbench/harness/live"
	"github.com/dynbench/dynbench/harness/report"
	"github.com/dynbench/dynbench/harness/result"
)

// RunPairs makes a comparison in a test. It goes to a folder of its name in the
// test's artifacts, or in $DYNBENCH_OUTPUT_DIR with a copy of what is small in the
// artifacts. One that cannot be made at all is fatal; one in which a pair is
// missing in an arm is an error, with all that was measured kept. SUMMARY.txt and
// the plot are written when the test ends, with the verdicts that it came to.
// Like Run it ends before the test's deadline does.
func RunPairs(t TB, c Comparing) *result.Comparison {
	t.Helper()
	c.Name = cmp.Or(c.Name, nameOf(t))
	if c.Progress == nil {
		c.Progress = live.New(live.Config{Out: os.Stderr})
	}
	artifacts := Artifacts(t)
	dir := filepath.Join(cmp.Or(os.Getenv(OutputDirEnv), artifacts), c.Name)
	ctx, cancel := withinDeadline(t)
	defer cancel()
	out, err := c.Run(ctx, dir)
	if out == nil {
		t.Fatalf("comparison %s: %v", c.Name, err)
		return nil
	}
	t.Cleanup(func() { finishPairs(t, out, artifacts, c.NoPlot) })
	t.Attr("dynbench.comparison", out.Name)
	t.Attr("dynbench.results", out.Dir)
	if err != nil {
		t.Errorf("comparison %s: %v; what was measured is in %s", c.Name, err, out.Dir)
	}
	switch {
	case errors.Is(context.Cause(ctx), errDeadline):
		t.Errorf("comparison %s stopped %s before the test's deadline with %d of %d pairs, kept in %s: give it a longer -timeout, or 0 for none",
			c.Name, margin, len(out.Pairs), out.Planned, out.Dir)
	case out.State != result.ComparisonComplete:
		t.Errorf("comparison %s is %s: %s\n%s", c.Name, out.State, out.Reason, strings.Join(out.Warnings, "\n"))
	}
	return out
}

// finishPairs writes the comparison once more, with its verdicts, and its report.
func finishPairs(t TB, c *result.Comparison, artifacts string, noPlot bool) {
	if err := result.WriteComparison(c.Dir, c); err != nil {
		t.Errorf("comparison %s: %v", c.Name, err)
	}
	files, err := report.WriteComparison(c.Dir, c, report.ComparisonOptions{NoPlot: noPlot})
	if err != nil {
		t.Errorf("report of %s: %v", c.Name, err)
	}
	if err := copyInto(artifacts, append(files, filepath.Join(c.Dir, result.ComparisonFile))); err != nil {
		t.Errorf("artifacts of %s: %v", c.Name, err)
	}
	if text, err := os.ReadFile(filepath.Join(c.Dir, report.SummaryText)); err == nil {
		t.Logf("\n%s", text)
	}
}
