package harness_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures/engine"
	"github.com/dynbench/dynbench/fixtures/sim"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/target"
)

var ttft = metric.TTFT.Def().Key

// fresh is an Up that starts a simulated engine of its own each time.
type fresh struct {
	speedup float64
	faults  engine.Faults
	ups     atomic.Int32
	live    atomic.Int32        // that are up
	refuse  func(n int32) error // of the n-th start, from 1
}

func (f *fresh) up(context.Context) (harness.System, func(context.Context) error, error) {
	if n := f.ups.Add(1); f.refuse != nil {
		if err := f.refuse(n); err != nil {
			return nil, nil, err
		}
	}
	s, err := engine.NewServer(engine.ServerConfig{Model: "m", Sim: sim.Config{Speedup: f.speedup}, Faults: f.faults})
	if err != nil {
		return nil, nil, err
	}
	web := httptest.NewServer(s)
	f.live.Add(1)
	down := func(context.Context) error {
		web.CloseClientConnections()
		web.Close()
		s.Close()
		f.live.Add(-1)
		return nil
	}
	return target.Target{URL: web.URL, Model: "m", Metrics: []string{web.URL + "/metrics"}}, down, nil
}

func arm(name string, f *fresh) harness.Arm {
	s := small(2)
	s.Measure.Requests = 4
	return harness.Arm{Name: name, Sweep: s, Up: f.up}
}

// compare is harness.Compare without the plot.
func compare(ctx context.Context, arms []harness.Arm, pairs int, dir string) (*result.Comparison, error) {
	return harness.Comparing{Arms: arms, Pairs: pairs, NoPlot: true}.Run(ctx, dir)
}

func TestArmsAreComparedPairByPair(t *testing.T) {
	slow, fast, dir := &fresh{speedup: 1}, &fresh{speedup: 50}, t.TempDir()
	c, err := harness.Compare(t.Context(), []harness.Arm{arm("slow", slow), arm("fast", fast)}, 3, dir)
	require.NoError(t, err)
	require.Equal(t, result.ComparisonComplete, c.State, c.Reason)
	require.Len(t, c.Pairs, 3)
	require.EqualValues(t, 3, slow.ups.Load())
	require.Zero(t, slow.live.Load()+fast.live.Load(), "all are down")

	orders, salts := map[string]bool{}, map[string]bool{}
	for i, p := range c.Pairs {
		require.Equal(t, i+1, p.Number)
		require.Len(t, p.Runs, 2)
		orders[p.Runs[0].Arm] = true
		for _, r := range p.Runs {
			run, err := result.Load(filepath.Join(dir, filepath.FromSlash(r.Dir)))
			require.NoError(t, err)
			require.Equal(t, []any{p.Seed, p.Salt, r.Arm, r.RunID}, []any{run.Seed, run.Salt, run.Name, run.RunID})
			salts[run.Salt] = true
		}
		a, err := os.ReadFile(filepath.Join(dir, "slow", filepath.Base(p.Runs[0].Dir), "c2", result.InputsFile))
		require.NoError(t, err)
		b, err := os.ReadFile(filepath.Join(dir, "fast", filepath.Base(p.Runs[0].Dir), "c2", result.InputsFile))
		require.NoError(t, err)
		require.Equal(t, string(a), string(b), "the arms of a pair are asked the same")
	}
	require.Len(t, salts, 3)
	require.NotEqual(t, c.Pairs[0].Runs[0].Inputs, c.Pairs[1].Runs[0].Inputs)
	require.Len(t, c.Pairs[0].Runs[0].Inputs, 64)
	for _, w := range c.Warnings { // that a busy client limits a level may be said
		require.Contains(t, w, "limited by this client")
	}

	ratio, ok := c.Ratio("fast", ttft, "avg", "")
	require.True(t, ok)
	require.Equal(t, 3, ratio.N)
	require.Less(t, ratio.Value, 0.9)
	require.True(t, ratio.Bounded())
	require.LessOrEqual(t, ratio.Low, ratio.Value)
	_, ok = c.Ratio("slow", ttft, "avg", "")
	require.False(t, ok, "the base has no ratio to itself")
	at, ok := c.Level("").Arm("fast")
	require.True(t, ok)
	require.Equal(t, []int{3, 12}, []int{at.Runs, at.Requests})
	require.Contains(t, at.Observed, "cache_hit")
	require.GreaterOrEqual(t, at.Observed["running"], 0.0)

	back, err := result.ReadComparison(dir)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(c, back, cmpopts.EquateApproxTime(time.Microsecond), cmpopts.EquateEmpty()))
	problems, err := result.Validate(dir)
	require.NoError(t, err)
	require.Empty(t, problems)
	all, err := result.LoadAll(dir, nil)
	require.NoError(t, err)
	require.Len(t, all, 6)
	require.Equal(t, "fast/rep-1", all[0].Name)
}

func TestAPairThatFailedIsKeptAndRepeatedOnce(t *testing.T) {
	sick := &fresh{speedup: 50, refuse: func(n int32) error {
		if n == 2 {
			return errors.New("no room on the GPU")
		}
		return nil
	}}
	arms := []harness.Arm{arm("base", &fresh{speedup: 50}), arm("sick", sick), arm("other", &fresh{speedup: 50})}
	c, err := compare(t.Context(), arms, 3, t.TempDir())
	require.NoError(t, err)
	require.Equal(t, result.ComparisonComplete, c.State, c.Reason)
	require.Len(t, c.Pairs, 4)
	require.Equal(t, 2, c.Pairs[2].Repeat)
	require.Len(t, c.Pairs[2].Runs, 2, "the third arm need not run again")
	require.Equal(t, []int{3, 1}, []int{c.Arm("sick").Good, c.Arm("sick").Failed})
	e, ok := c.Ratio("sick", ttft, "p50", "c2")
	require.True(t, ok)
	require.Equal(t, 3, e.N)
	f, _ := c.Row(ttft, "p50", "c2").Arm("sick")
	require.Equal(t, []int{1, 3, 4}, f.Pairs)
	require.Contains(t, c.Warnings[0], "no room on the GPU (repeated as pair 3)")
}

func TestAnArmThatNeverWorksIsLeftOut(t *testing.T) {
	dead := &fresh{refuse: func(int32) error { return errors.New("no such binary") }}
	arms := []harness.Arm{arm("base", &fresh{speedup: 50}), arm("dead", dead), arm("good", &fresh{speedup: 50})}
	c, err := compare(t.Context(), arms, 4, t.TempDir())
	require.NoError(t, err)
	require.Equal(t, result.ComparisonPartial, c.State)
	require.Contains(t, c.Reason, "0 of 4 pairs")
	require.EqualValues(t, 4, dead.ups.Load())
	require.Contains(t, c.Arm("dead").Dropped, "no such binary")
	e, ok := c.Ratio("good", ttft, "avg", "")
	require.True(t, ok)
	require.Equal(t, 4, e.N)
	_, ok = c.Ratio("dead", ttft, "avg", "")
	require.False(t, ok)
	_, ok = c.Mean("dead", ttft, "avg", "")
	require.False(t, ok)
}

// What no other run would mend is not tried again.
func TestAHopelessArmIsLeftOutAtOnce(t *testing.T) {
	dead := &fresh{refuse: func(int32) error { return harness.Hopeless(errors.New("not what it is called")) }}
	base := &fresh{speedup: 50}
	arms := []harness.Arm{arm("base", base), arm("dead", dead), arm("good", &fresh{speedup: 50})}
	c, err := compare(t.Context(), arms, 2, t.TempDir())
	require.NoError(t, err)
	require.Len(t, c.Pairs, 2, "no repeats")
	require.EqualValues(t, 1, dead.ups.Load())
	require.EqualValues(t, 2, base.ups.Load())
	require.Equal(t, "bring up dead: not what it is called", c.Arm("dead").Dropped)
	e, ok := c.Ratio("good", ttft, "avg", "")
	require.True(t, ok)
	require.Equal(t, 2, e.N)

	c, err = compare(t.Context(), []harness.Arm{arm("base", &fresh{speedup: 50}), arm("dead", dead)}, 3, t.TempDir())
	require.NoError(t, err)
	require.Len(t, c.Pairs, 1, "nothing is left to compare with")
	require.Equal(t, result.ComparisonFailed, c.State)
}

func TestNoPairAtAllIsAFailure(t *testing.T) {
	dead := &fresh{refuse: func(int32) error { return errors.New("no such binary") }}
	c, err := compare(t.Context(), []harness.Arm{arm("base", dead), arm("other", &fresh{speedup: 50})}, 3, t.TempDir())
	require.NoError(t, err)
	require.Equal(t, result.ComparisonFailed, c.State)
	require.EqualValues(t, 4, dead.ups.Load())
}

func TestAFailedRunDoesNotCount(t *testing.T) {
	broken := &fresh{speedup: 50, faults: engine.Faults{Kind: engine.FaultStatus, Every: 2}}
	c, err := compare(t.Context(), []harness.Arm{arm("base", &fresh{speedup: 50}), arm("broken", broken)}, 1, t.TempDir())
	require.NoError(t, err)
	require.Equal(t, result.ComparisonFailed, c.State)
	require.Equal(t, []int{0, 2}, []int{c.Arm("broken").Good, c.Arm("broken").Failed})
	require.Equal(t, []int{2, 0}, []int{c.Arm("base").Good, c.Arm("base").Failed})
	require.NotEmpty(t, c.Pairs[0].Runs[0].Reason+c.Pairs[0].Runs[1].Reason)
}

func TestACancelledComparisonKeepsItsPairs(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	third := &fresh{speedup: 50, refuse: func(n int32) error {
		if n == 3 {
			cancel(errors.New("enough"))
		}
		return nil
	}}
	base, dir := &fresh{speedup: 50}, t.TempDir()
	c, err := compare(ctx, []harness.Arm{arm("base", base), arm("other", third)}, 5, dir)
	require.NoError(t, err)
	require.Equal(t, result.ComparisonPartial, c.State)
	require.Equal(t, "enough", c.Reason)
	require.Zero(t, base.live.Load()+third.live.Load(), "all are down")
	require.Zero(t, c.Arm("other").Failed, "to be cancelled is no failure")
	back, err := result.ReadComparison(dir)
	require.NoError(t, err)
	require.Equal(t, result.ComparisonPartial, back.State)
	e, ok := back.Ratio("other", ttft, "avg", "")
	require.True(t, ok)
	require.Equal(t, 2, e.N)
	require.True(t, e.Bounded())
}

func TestOnePairHasNoInterval(t *testing.T) {
	dir := t.TempDir()
	_, err := compare(t.Context(), []harness.Arm{arm("a", &fresh{speedup: 50}), arm("b", &fresh{speedup: 50})}, 1, dir)
	require.NoError(t, err)
	c, err := result.ReadComparison(dir)
	require.NoError(t, err)
	e, ok := c.Ratio("b", ttft, "avg", "")
	require.True(t, ok)
	require.False(t, e.Bounded())
	require.Contains(t, c.Warnings, "b has one good run: it has no interval")
}
