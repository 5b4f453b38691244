package gate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/gate"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
)

func row(level, key, stat string, share bool, base, kv []float64) result.ComparisonRow {
	r := result.ComparisonRow{Level: level, Metric: key, Stat: stat, Share: share}
	for i, values := range [][]float64{base, kv} {
		f := result.ArmFigure{Arm: []string{"round-robin", "kv"}[i], Values: values}
		for n := range values {
			f.Pairs = append(f.Pairs, n+1)
		}
		r.Arms = append(r.Arms, f)
	}
	return r
}

func comparison() *result.Comparison {
	ttft, hit := metric.TTFT.Def().Key, metric.CacheHitRatio.Def().Key
	c := &result.Comparison{
		Arms:   []result.ComparisonArm{{Name: "round-robin"}, {Name: "kv"}},
		Levels: []result.ComparisonLevel{{Name: "c4"}, {Name: "c16"}},
		Rows: []result.ComparisonRow{
			row("c4", ttft, "avg", false, []float64{100, 102, 98}, []float64{50, 51, 50}),
			row("c16", ttft, "avg", false, []float64{100, 140, 98}, []float64{100, 100, 120}),
			row("c4", hit, "avg", true, []float64{0, 0.1, 0.05}, []float64{0.5, 0.52, 0.51}),
		},
	}
	gate.Settle(c)
	return c
}

func TestSettleUsesThePairsThatBothHave(t *testing.T) {
	c := comparison()
	r := &c.Rows[0]
	r.Arms[1].Pairs, r.Arms[1].Values = []int{3, 2}, []float64{49, 51} // pair 1 was void
	gate.Settle(c)
	require.Equal(t, 2, r.Arms[1].Ratio.N)
	require.InDelta(t, 0.5, r.Arms[1].Ratio.Value, 1e-12)
	require.InDelta(t, 0, r.Arms[1].Ratio.High-r.Arms[1].Ratio.Low, 1e-12)
	require.InDelta(t, 50, r.Arms[1].Mean.Value, 1e-12)
	require.Nil(t, r.Arms[0].Ratio)
	r.Arms[1].Pairs, r.Arms[1].Values = nil, nil
	gate.Settle(c)
	require.Zero(t, r.Arms[1].Mean.N)
	require.Nil(t, r.Arms[1].Difference)
}

func TestAShareHasADifferenceAlone(t *testing.T) {
	c := comparison()
	key := metric.CacheHitRatio.Def().Key
	_, ok := c.Ratio("kv", key, "avg", "c4")
	require.False(t, ok)
	d, ok := c.Difference("kv", key, "avg", "c4")
	require.True(t, ok)
	require.InDelta(t, 0.46, d.Value, 1e-9)
}

func TestClaims(t *testing.T) {
	one := comparison()
	for i := range one.Rows {
		for j := range one.Rows[i].Arms {
			f := &one.Rows[i].Arms[j]
			f.Pairs, f.Values = f.Pairs[:1], f.Values[:1]
		}
	}
	gate.Settle(one)
	for _, c := range []struct {
		name  string
		in    *result.Comparison
		claim gate.Claim
		want  []result.Status
	}{
		{"clearly faster", comparison(), gate.RatioOf("kv", metric.TTFT, "avg").AtMost(0.6).At("c4"), []result.Status{result.Pass}},
		{"not that fast", comparison(), gate.RatioOf("kv", metric.TTFT, "avg").AtMost(0.4).At("c4"), []result.Status{result.Fail}},
		{"every level", comparison(), gate.RatioOf("kv", metric.TTFT, "avg").AtMost(0.9), []result.Status{result.Pass, result.Inconclusive}},
		{"at least", comparison(), gate.RatioOf("kv", metric.TTFT, "avg").AtLeast(0.4).At("c4"), []result.Status{result.Pass}},
		{"not at least", comparison(), gate.RatioOf("kv", metric.TTFT, "avg").AtLeast(0.6).At("c4"), []result.Status{result.Fail}},
		{"hit rate", comparison(), gate.DifferenceOf("kv", metric.CacheHitRatio, "avg").AtLeast(0.3).At("c4"), []result.Status{result.Pass}},
		{"no such arm", comparison(), gate.RatioOf("kw", metric.TTFT, "avg").AtMost(0.6).At("c4"), []result.Status{result.NoData}},
		{"no such level", comparison(), gate.RatioOf("kv", metric.TTFT, "avg").AtMost(0.6).At("c5"), []result.Status{result.NoData}},
		{"one pair", one, gate.RatioOf("kv", metric.TTFT, "avg").AtMost(0.6).At("c4"), []result.Status{result.Inconclusive}},
	} {
		var got []result.Status
		for _, r := range gate.Check(c.in, c.claim).Rows {
			got = append(got, r.Status)
		}
		require.Equal(t, c.want, got, c.name)
	}
}

// logT is a test that keeps what it was told.
type logT struct{ logs, errors []string }

func (l *logT) Helper()                   {}
func (l *logT) Logf(f string, a ...any)   { l.logs = append(l.logs, fmt.Sprintf(f, a...)) }
func (l *logT) Errorf(f string, a ...any) { l.errors = append(l.errors, fmt.Sprintf(f, a...)) }

func TestRequireClaimsFailsTheTest(t *testing.T) {
	c, l := comparison(), &logT{}
	gate.RequireClaims(l, c, gate.RatioOf("kv", metric.TTFT, "avg").AtMost(0.6).At("c4"), gate.RatioOf("kv", metric.TTFT, "avg").AtMost(0.4).At("c4"))
	require.Len(t, l.errors, 1)
	require.Len(t, l.logs, 1)
	require.Regexp(t, `^avg time_to_first_token of kv / round-robin <= 0.4 at c4: 0.50\d+ \[0.4\d+, 0.5\d+\] n=3 fail`, l.errors[0])
	require.Len(t, c.Verdict.Rows, 2)
	require.Equal(t, result.Fail, c.Verdict.Status())
	require.True(t, strings.HasSuffix(l.logs[0], "pass"))
}
