package harness_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures/engine"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/result"
)

func TestAKeptArmIsBroughtUpOnce(t *testing.T) {
	keep, again := &fresh{speedup: 50}, &fresh{speedup: 50}
	a, b := arm("keep", keep), arm("again", again)
	a.Keep = true
	c, err := compare(t.Context(), []harness.Arm{a, b}, 3, t.TempDir())
	require.NoError(t, err)
	require.Equal(t, result.ComparisonComplete, c.State, c.Reason)
	require.Equal(t, []int32{1, 3}, []int32{keep.ups.Load(), again.ups.Load()})
	require.Zero(t, keep.live.Load()+again.live.Load())
}

func TestAStandingSystemIsAnArm(t *testing.T) {
	tgt, _ := serve(t, engine.Faults{})
	a, b := arm("a", nil), arm("b", nil)
	a.Up, b.Up = harness.Standing(tgt), harness.Standing(tgt)
	c, err := compare(t.Context(), []harness.Arm{a, b}, 2, t.TempDir())
	require.NoError(t, err)
	require.Equal(t, result.ComparisonComplete, c.State, c.Reason)
}

func TestChecksDecideWhatCounts(t *testing.T) {
	var before, after []string
	dir := t.TempDir()
	c, err := harness.Comparing{
		Arms: []harness.Arm{arm("a", &fresh{speedup: 50}), arm("b", &fresh{speedup: 50})}, Pairs: 1, NoPlot: true,
		Checks: []harness.Check{
			{Name: "ready", Before: func(_ context.Context, arm string, sys harness.System) error {
				require.NotEmpty(t, sys.Target().URL)
				before = append(before, arm)
				return nil
			}},
			{Name: "participation", After: func(_ context.Context, arm string, _ harness.System, run *result.Run) error {
				after = append(after, arm)
				run.Warnings = append(run.Warnings, "seen")
				if arm == "b" {
					return errors.New("one of 4 workers answered nothing")
				}
				return nil
			}},
		},
	}.Run(t.Context(), dir)
	require.NoError(t, err)
	require.Equal(t, result.ComparisonFailed, c.State)
	require.Len(t, before, 4)
	require.Len(t, after, 4)
	require.Contains(t, c.Warnings[0], "check participation: one of 4 workers answered nothing")
	run, err := result.Load(filepath.Join(dir, "b", "rep-1"))
	require.NoError(t, err)
	require.Contains(t, run.Warnings, "seen")
}

func TestWhatCannotBeComparedIsRefusedBeforeAnythingIsUp(t *testing.T) {
	f := &fresh{speedup: 50}
	good := func() harness.Comparing { return harness.Comparing{Arms: []harness.Arm{arm("a", f), arm("b", f)}} }
	for name, change := range map[string]func(*harness.Comparing){
		"one arm":        func(c *harness.Comparing) { c.Arms = c.Arms[:1] },
		"same name":      func(c *harness.Comparing) { c.Arms[1].Name = "A" },
		"reserved name":  func(c *harness.Comparing) { c.Arms[1].Name = "plots" },
		"name of level":  func(c *harness.Comparing) { c.Arms[1].Name = "c16" },
		"path":           func(c *harness.Comparing) { c.Arms[1].Name = "../b" },
		"no Up":          func(c *harness.Comparing) { c.Arms[1].Up = nil },
		"level":          func(c *harness.Comparing) { c.Arms[1].Sweep.Levels = load.Concurrency(0) },
		"metric":         func(c *harness.Comparing) { c.Metrics = []string{"ttft", "beauty"} },
		"resume":         func(c *harness.Comparing) { c.Existing = harness.Resume },
		"negative pairs": func(c *harness.Comparing) { c.Pairs = -1 },
	} {
		c, dir := good(), filepath.Join(t.TempDir(), "new")
		change(&c)
		_, err := c.Run(t.Context(), dir)
		require.ErrorIs(t, err, harness.ErrUsage, name)
		require.NoDirExists(t, dir, name)
	}
	require.Zero(t, f.ups.Load())
}

func TestOldComparisonsAreMovedNotMixed(t *testing.T) {
	dir := t.TempDir()
	arms := []harness.Arm{arm("a", &fresh{speedup: 50}), arm("b", &fresh{speedup: 50})}
	_, err := compare(t.Context(), arms, 1, dir)
	require.NoError(t, err)
	_, err = compare(t.Context(), arms, 1, dir)
	require.ErrorIs(t, err, harness.ErrExists)
	c, err := harness.Comparing{Arms: arms, Pairs: 1, Existing: harness.Overwrite, NoPlot: true}.Run(t.Context(), dir)
	require.NoError(t, err)
	require.Equal(t, 1, c.Arm("a").Good)
	old, err := filepath.Glob(filepath.Join(dir, ".old-*", "*"))
	require.NoError(t, err)
	require.Contains(t, old, filepath.Join(filepath.Dir(old[0]), result.ComparisonFile))
	require.Contains(t, old, filepath.Join(filepath.Dir(old[0]), "b"))
	entries, err := os.ReadDir(filepath.Join(dir, "a"))
	require.NoError(t, err)
	require.Len(t, entries, 1)
}
