package metric_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
)

// plain is a metric of whatever number a record's Input holds.
var plain = metric.PerRequest(metric.Def{Key: "plain", Unit: "tokens"},
	func(r *record.Record) (metric.Tokens, bool) { return metric.Tokens(r.Input), true })

func plainStats(t *testing.T, values ...int) metric.Stats {
	t.Helper()
	acc := metric.Set{}.With(plain).Begin()
	for i, v := range values {
		require.NoError(t, acc.Put(record.Record{Sent: int64(i + 1), Input: v}))
	}
	s, ok := acc.Stats(metric.Facts{})["plain"]
	require.True(t, ok)
	return s
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i + 1
	}
	return out
}

func TestPercentiles(t *testing.T) {
	for _, c := range []struct {
		values   []int
		avg, std float64
		want     []float64
	}{
		{[]int{10, 20, 30, 40}, 25, 11.180340, []float64{10.3, 11.5, 13, 17.5, 25, 32.5, 37, 38.5, 39.7}},
		{upTo(10), 5.5, 2.872281, []float64{1.09, 1.45, 1.9, 3.25, 5.5, 7.75, 9.1, 9.55, 9.91}},
		{upTo(100), 50.5, 28.866070, []float64{1.99, 5.95, 10.9, 25.75, 50.5, 75.25, 90.1, 95.05, 99.01}},
		{[]int{5}, 5, 0, []float64{5, 5, 5, 5, 5, 5, 5, 5, 5}},
	} {
		s := plainStats(t, c.values...)
		require.InDelta(t, c.avg, s.Avg, 1e-6)
		require.InDelta(t, c.std, s.Std, 1e-6)
		require.Equal(t, metric.Exact, s.Method)
		for i, p := range metric.Points() {
			q, ok := s.Quantile(p)
			require.True(t, ok)
			require.InDelta(t, c.want[i], q.Value, 1e-9, "p%v of %v", p, c.values)
		}
	}
}

func TestQuantileInterval(t *testing.T) {
	for _, c := range []struct {
		n         int
		p         float64
		low, high float64
	}{
		{100, 50, 40, 61}, // the textbook's interval of a median of 100
		{5, 50, math.Inf(-1), math.Inf(1)},
		{6, 50, 1, 6},
		{100, 99, 97, math.Inf(1)},
		{100, 1, math.Inf(-1), 4},
		{1000, 90, 881, 919},
	} {
		s := plainStats(t, shuffled(c.n)...)
		q, _ := s.Quantile(c.p)
		require.Equal(t, []float64{c.low, c.high}, []float64{q.Low, q.High}, "p%v of %d", c.p, c.n)
	}
}

func shuffled(n int) []int {
	v := upTo(n)
	rand.New(rand.NewPCG(1, uint64(n))).Shuffle(n, func(i, j int) { v[i], v[j] = v[j], v[i] })
	return v
}

func TestLowConfidence(t *testing.T) {
	marks := func(n int) []bool {
		var out []bool
		for _, q := range plainStats(t, shuffled(n)...).P {
			out = append(out, q.LowConfidence)
		}
		return out
	}
	require.Equal(t, []bool{true, true, false, false, false, false, false, true, true}, marks(100))
	require.Equal(t, slices.Repeat([]bool{false}, 9), marks(1000))
	require.Equal(t, slices.Repeat([]bool{true}, 9), marks(19))
}

func TestAutocorrelationShrinksTheSample(t *testing.T) {
	trend := plainStats(t, upTo(1000)...) // each value next to its neighbour
	require.Less(t, trend.Effective, 20.0)
	require.Equal(t, 1000.0, plainStats(t, shuffled(1000)...).Effective)
	wide, _ := trend.Quantile(50)
	narrow, _ := plainStats(t, shuffled(1000)...).Quantile(50)
	require.Greater(t, wide.High-wide.Low, 2*(narrow.High-narrow.Low))
}

func TestBeyond(t *testing.T) {
	s := plainStats(t, 10, 20, 20, 30)
	above, ok := s.Above(20)
	require.True(t, ok)
	require.Equal(t, metric.Beyond{Least: 1, Most: 1, N: 4}, above)
	below, _ := s.Below(20)
	require.Equal(t, metric.Beyond{Least: 1, Most: 1, N: 4}, below)
	v, _ := s.QuantileWith(50, 0, 1) // the median of 10 20 20 30 inf
	require.Equal(t, 20.0, v)
	v, _ = s.QuantileWith(90, 0, 1)
	require.True(t, math.IsInf(v, 1))
	v, _ = s.QuantileWith(1, 1, 0)
	require.True(t, math.IsInf(v, -1))
}

func TestStatsSurviveJSON(t *testing.T) {
	want := plainStats(t, 3, 1, 2)
	b, err := json.Marshal(want)
	require.NoError(t, err)
	var got metric.Stats
	require.NoError(t, json.Unmarshal(b, &got))
	require.Empty(t, cmp.Diff(want, got))
	require.Equal(t, want.P, got.P) // the infinite ends too
	_, ok := got.Above(1)
	require.False(t, ok, "what was read from a file has no values")
}

func TestValuesThatAreNotFinite(t *testing.T) {
	odd := metric.PerRequest(metric.Def{Key: "odd"}, func(r *record.Record) (metric.Ratio, bool) {
		return metric.Ratio(1 / float64(r.Input)), true
	})
	acc := metric.Set{}.With(odd).Begin()
	for _, v := range []int{0, 2} {
		require.NoError(t, acc.Put(record.Record{Input: v}))
	}
	s := acc.Stats(metric.Facts{})["odd"]
	require.Equal(t, 1, s.Count)
	require.Equal(t, 0.5, s.Max)
	require.Equal(t, []string{"odd: 1 values are not finite and were left out"}, s.Warnings)
}

func TestShowUsesTheUnit(t *testing.T) {
	require.Equal(t, 400.0, metric.TTFT.Show(400*time.Millisecond))
	require.Equal(t, 2.5, metric.BenchmarkDuration.Show(2500*time.Millisecond))
	require.Equal(t, 0.25, metric.ErrorRate.Show(0.25))
	require.Equal(t, 4e8, metric.TTFT.Def().Base(400))
}
