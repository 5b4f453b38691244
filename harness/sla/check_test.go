package sla_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/sla"
)

// level is a level whose successful requests had these TTFTs in ms, in a random
// order, with one gap of 10 ms each, and some failed ones.
func level(name string, failed int, ttft ...float64) result.Level {
	acc := metric.Standard().Begin()
	rng := rand.New(rand.NewPCG(1, 2))
	for i, j := range rng.Perm(len(ttft)) {
		sent := int64(i+1) * int64(time.Second)
		first := sent + int64(ttft[j]*1e6)
		r := record.Record{Sent: sent, FirstToken: first, SecondToken: first + 1e7, Last: first + 1e7, End: first + 1e7, Events: 2, Output: 2, OutputSource: record.Usage}
		r.Gaps.Add(1e7)
		_ = acc.Put(r) // always nil
	}
	for range failed {
		_ = acc.Put(record.Record{Sent: 1, End: 2, Outcome: record.Timeout})
	}
	w := record.Window{Start: 1, End: int64(len(ttft)+1) * int64(time.Second)}
	return result.Level{
		Name: name, Dir: name, State: result.LevelOK, Requests: len(ttft) + failed, Errors: failed,
		Stats: acc.Stats(metric.Facts{Window: w}), Totals: acc.Totals(),
	}
}

// of are n values, slow of them 500 and the others 100.
func of(n, slow int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = 100
		if i < slow {
			out[i] = 500
		}
	}
	return out
}

func run(levels ...result.Level) *result.Run { return &result.Run{Levels: levels} }

var noErrors = sla.Of(metric.ErrorRate).AtMost(1)

func TestPercentileRule(t *testing.T) {
	const limit = 200 * time.Millisecond
	for _, c := range []struct {
		name            string
		n, slow, failed int
		goal            sla.Goal
		want            result.Status
		byPoint         bool
	}{
		{"299 clean requests pass a p99", 299, 0, 0, sla.P99(metric.TTFT).AtMost(limit), result.Pass, false},
		{"298 do not suffice", 298, 0, 0, sla.P99(metric.TTFT).AtMost(limit), result.Pass, true},
		{"59 for p95", 59, 0, 0, sla.P95(metric.TTFT).AtMost(limit), result.Pass, false},
		{"58 for p95", 58, 0, 0, sla.P95(metric.TTFT).AtMost(limit), result.Pass, true},
		{"29 for p90", 29, 0, 0, sla.P90(metric.TTFT).AtMost(limit), result.Pass, false},
		{"28 for p90", 28, 0, 0, sla.P90(metric.TTFT).AtMost(limit), result.Pass, true},
		{"surely too many", 100, 30, 0, sla.P90(metric.TTFT).AtMost(limit), result.Fail, false},
		{"a few too many", 100, 12, 0, sla.P90(metric.TTFT).AtMost(limit), result.Fail, true},
		{"a few less", 100, 8, 0, sla.P90(metric.TTFT).AtMost(limit), result.Pass, true},
		{"failures exceed", 100, 0, 30, sla.P90(metric.TTFT).AtMost(limit), result.Fail, false},
		{"failures and slow ones together", 100, 6, 8, sla.P90(metric.TTFT).AtMost(limit), result.Fail, true},
		{"the limit is within", 299, 0, 0, sla.P99(metric.TTFT).AtMost(100 * time.Millisecond), result.Pass, false},
		{"gaps count by request", 299, 0, 0, sla.P99(metric.ICL).AtMost(11 * time.Millisecond), result.Pass, false},
		{"gaps of failed requests", 100, 0, 30, sla.P90(metric.ICL).AtMost(11 * time.Millisecond), result.Fail, false},
		{"at least, met", 100, 0, 0, sla.P10(metric.TokensPerUser).AtLeast(99), result.Pass, false},
		{"at least, missed", 100, 0, 0, sla.P10(metric.TokensPerUser).AtLeast(101), result.Fail, false},
		{"at least, failures are below", 100, 0, 30, sla.P10(metric.TokensPerUser).AtLeast(99), result.Fail, false},
		{"one request", 1, 0, 0, sla.P99(metric.TTFT).AtMost(limit), result.Pass, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := sla.Check(run(level("c1", c.failed, of(c.n, c.slow)...)), c.goal, noErrors)
			row := v.Rows[0]
			require.Equal(t, c.want, row.Status, sla.Line(row))
			require.Equal(t, c.byPoint, strings.Contains(row.Note, fmt.Sprintf("inconclusive (n=%d): decided by the point estimate", c.n+c.failed)), row.Note)
			require.Equal(t, c.failed > 0, strings.Contains(row.Note, "failed requests count"), row.Note)
		})
	}
}

// TestWrongPassesAreRare: the true share beyond the limit is 12 % where 10 % are
// allowed; a pass that the interval vouches for may happen in 5 of 100 cases.
func TestWrongPassesAreRare(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const runs = 300
	wrong := 0
	for range runs {
		ttft := make([]float64, 150)
		for i := range ttft {
			ttft[i] = 100
			if rng.Float64() < 0.12 {
				ttft[i] = 500
			}
		}
		row := sla.Check(run(level("c1", 0, ttft...)), sla.P90(metric.TTFT).AtMost(200*time.Millisecond)).Rows[0]
		if row.Status == result.Pass && row.Note == "" {
			wrong++
		}
	}
	require.LessOrEqual(t, wrong, runs*5/100)
}

func TestDependentRequestsCountForLess(t *testing.T) {
	l := level("c1", 0, of(299, 0)...)
	s := l.Stats["time_to_first_token"]
	s.Effective = 100
	l.Stats["time_to_first_token"] = s
	row := sla.Check(run(l), sla.P99(metric.TTFT).AtMost(time.Second)).Rows[0]
	require.Contains(t, row.Note, "inconclusive")
	require.Equal(t, result.Pass, row.Status)
}

func TestValuesAreJudgedAsTheyAre(t *testing.T) {
	r := run(level("c1", 1, of(99, 9)...))
	for _, c := range []struct {
		goal sla.Goal
		want result.Status
	}{
		{sla.Avg(metric.TTFT).AtMost(137 * time.Millisecond), result.Pass},
		{sla.Avg(metric.TTFT).AtMost(136 * time.Millisecond), result.Fail},
		{sla.Max(metric.TTFT).AtMost(500 * time.Millisecond), result.Pass},
		{sla.Min(metric.TTFT).AtLeast(101 * time.Millisecond), result.Fail},
		{sla.Of(metric.ErrorRate).AtMost(0.01), result.Pass},
		{sla.Of(metric.ErrorRate).AtMost(0.009), result.Fail},
		{sla.Of(metric.RequestCount).AtLeast(99), result.Pass},
		{sla.Of(metric.CacheHitRatio).AtLeast(0.4), result.NoData},
	} {
		row := sla.Check(r, c.goal).Rows[0]
		require.Equal(t, c.want, row.Status, sla.Line(row))
	}
}

func TestAbsenceFails(t *testing.T) {
	goal := sla.P99(metric.TTFT).AtMost(time.Hour)
	for name, c := range map[string]struct {
		run  *result.Run
		goal sla.Goal
		note string
	}{
		"no run":            {nil, goal, "the run has no level"},
		"no levels":         {run(), goal, "the run has no level"},
		"no such level":     {run(level("c1", 0, 5), level("c4", 0, 5)), goal.At("c50"), "the run has the levels c1, c4"},
		"none that high":    {run(level("c1", 0, 5)), goal.From("c50"), "the run has the levels c1"},
		"all failed":        {run(level("c1", 7)), goal, "7 requests failed, level ok"},
		"skipped level":     {run(result.Level{Name: "c1", State: result.LevelSkipped, Reason: "target gone"}), goal, "level skipped: target gone"},
		"a goal of nothing": {run(level("c1", 0, 5)), sla.Goal{}, "level ok"},
	} {
		t.Run(name, func(t *testing.T) {
			v := sla.Check(c.run, c.goal)
			require.Equal(t, result.NoData, v.Rows[0].Status)
			require.Contains(t, v.Rows[0].Note, c.note)
			require.True(t, v.Status().Failed())
			require.True(t, math.IsNaN(v.Rows[0].Value))
		})
	}
}

func TestScopes(t *testing.T) {
	r := run(level("c1", 0, 5), level("c16", 0, 5), level("c100", 0, 5), level("r20", 0, 5))
	levels := func(g sla.Goal) (out []string) {
		for _, row := range sla.Check(r, g).Rows {
			out = append(out, row.Level)
		}
		return out
	}
	g := sla.Of(metric.ErrorRate).AtMost(1)
	require.Equal(t, []string{"c1", "c16", "c100", "r20"}, levels(g))
	require.Equal(t, []string{"c16"}, levels(g.At("c16")))
	require.Equal(t, []string{"c16", "c9"}, levels(g.At("c16", "c9")))
	require.Equal(t, []string{"c16", "c100"}, levels(g.From("c10")))
	require.True(t, g.From("p0.5-c20").Covers("p0.5-c50"))
	require.False(t, g.From("p0.5-c20").Covers("p0.25-c50"))
	require.True(t, g.From("trace").Covers("trace"))
}

func TestErrorGoalIsAdded(t *testing.T) {
	r := run(level("c1", 0, of(98, 0)...), level("c4", 2, of(98, 0)...))
	ttft := sla.P50(metric.TTFT).AtMost(time.Second)
	rows := sla.Check(r, ttft).Rows
	require.Len(t, rows, 4)
	require.Equal(t, "error_rate <= 0.01", rows[3].Goal)
	require.Equal(t, result.Fail, rows[3].Status)
	require.Contains(t, rows[3].Note, "added: a goal on latency needs one on errors")
	require.Len(t, sla.Check(r, ttft, noErrors).Rows, 4, "the given goal is enough")
	require.Len(t, sla.Check(r, ttft, noErrors.At("c1")).Rows, 4, "two of TTFT, the given one, one added for c4")
	require.Len(t, sla.Check(r, ttft.At("c1")).Rows, 2)
	require.Len(t, sla.Check(r, sla.Of(metric.RequestCount).AtLeast(1)).Rows, 2)
}

func TestFromFiles(t *testing.T) {
	stored := func(low, high float64, failed int) result.Row {
		s := metric.Stats{Unit: "ms", Count: 1000, P: []metric.Quantile{{P: 99, Value: 150, Low: low, High: high}}}
		l := result.Level{Name: "c1", Requests: 1000 + failed, Errors: failed, Stats: metric.Values{"time_to_first_token": s}}
		return sla.Check(run(l), sla.P99(metric.TTFT).AtMost(200*time.Millisecond)).Rows[0]
	}
	require.Equal(t, result.Pass, stored(140, 199, 0).Status)
	require.Empty(t, stored(140, 199, 0).Note)
	require.Contains(t, stored(140, 201, 0).Note, "inconclusive")
	require.Contains(t, stored(0, 0, 0).Note, "inconclusive", "another tool's file has no interval")
	require.Equal(t, result.Fail, stored(140, 199, 50).Status)
	require.Contains(t, stored(140, 199, 1).Note, "inconclusive")

	l := result.Level{Name: "c1", Requests: 100, Errors: 3}
	row := sla.Check(run(l), sla.Of(metric.ErrorRate).AtMost(0.02)).Rows[0]
	require.Equal(t, 0.03, row.Value)
	require.Equal(t, result.Fail, row.Status)
}
