package metric

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
)

// randomRecord is any record that a client may make, warm-up, failures and
// missing counts included.
func randomRecord(rng *rand.Rand, raw bool) record.Record {
	r := record.Record{Sent: 1 + rng.Int64N(1e10), Wanted: rng.IntN(3) * 100, Events: rng.IntN(30)}
	r.Intended = max(r.Sent-rng.Int64N(1e6), 1)
	r.Written, r.End = r.Sent+rng.Int64N(1e6), r.Sent+1
	if rng.IntN(10) == 0 {
		r.Outcome = record.Outcome(rng.IntN(int(record.Client) + 1))
	}
	if rng.IntN(20) == 0 {
		r.Phase = record.Warmup
	}
	for i := range r.Events {
		at := max(r.Last, r.Sent) + rng.Int64N(5e7)
		if i == 0 {
			r.FirstToken = at
		} else {
			r.Gaps.Add(at - r.Last)
			r.TokenGaps.AddN((at-r.Last)/3, 3)
			if raw {
				r.Gaps.Raw = append(r.Gaps.Raw, at-r.Last)
			}
		}
		if i == 1 {
			r.SecondToken = at
		}
		r.Last, r.End = at, at+rng.Int64N(1e6)
	}
	r.Input, r.Output, r.Reasoning = rng.IntN(4000), r.Events, rng.IntN(2)*rng.IntN(50)
	r.InputSource, r.OutputSource = record.TokenSource(rng.IntN(4)), record.TokenSource(rng.IntN(4))
	r.FirstTokens, r.ReceiveDelay, r.Unstamped = rng.IntN(3), rng.Int64N(1e6), rng.IntN(2)
	r.HasCached = rng.IntN(2) == 0
	r.Cached = rng.IntN(r.Input + 1)
	return r
}

func randomRecords(seed uint64, n int, raw bool) []record.Record {
	rng := rand.New(rand.NewPCG(seed, 7))
	out := make([]record.Record, n)
	for i := range out {
		out[i] = randomRecord(rng, raw)
	}
	return out
}

var wide = Facts{
	Window:      record.Window{Start: 1, End: 2e10, SteadyStart: 1e9, SteadyEnd: 9e9},
	Concurrency: 8, GPUs: 4,
}

func accOf(exact int, records []record.Record) *Acc {
	acc := Standard().Begin(Within(TTFT, 30*time.Millisecond))
	acc.exact = exact
	for _, r := range records {
		_ = acc.Put(r) // always nil
	}
	return acc
}

func TestOrderAndShardsDoNotMatter(t *testing.T) {
	for seed := range uint64(20) {
		records := randomRecords(seed, 300, seed%2 == 0)
		for _, exact := range []int{MaxExact, 50} { // with and without spilling
			want := accOf(exact, records)

			mixed := slices.Clone(records)
			rand.New(rand.NewPCG(seed, 8)).Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
			cut := int(seed) * len(mixed) / 19
			merged := accOf(exact, mixed[:cut])
			other := accOf(exact, mixed[cut:])
			before := other.Stats(wide)
			merged.Merge(other)

			require.Empty(t, cmp.Diff(want.Totals(), merged.Totals()), "seed %d", seed)
			require.Empty(t, cmp.Diff(want.Stats(wide), merged.Stats(wide)), "seed %d, exact %d", seed, exact)
			require.Empty(t, cmp.Diff(before, other.Stats(wide)), "merging changed what was merged")
		}
	}
}

// naive recomputes a duration metric in the plainest way.
func naive(records []record.Record, f func(r record.Record) (float64, bool)) []float64 {
	var out []float64
	for _, r := range records {
		if r.Outcome != record.OK || r.Phase != record.Measured {
			continue
		}
		if v, ok := f(r); ok {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out
}

func naivePercentile(sorted []float64, p float64) float64 {
	r := p / 100 * float64(len(sorted)-1)
	i := int(r)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i]*(1-(r-float64(i))) + sorted[i+1]*(r-float64(i))
}

func TestAgainstNaive(t *testing.T) {
	formulas := map[string]func(record.Record) (float64, bool){
		TTFT.Def().Key:           func(r record.Record) (float64, bool) { return float64(r.FirstToken-r.Sent) / 1e6, r.Events > 0 },
		RequestLatency.Def().Key: func(r record.Record) (float64, bool) { return float64(r.Last-r.Sent) / 1e6, r.Events > 0 },
		ITL.Def().Key: func(r record.Record) (float64, bool) {
			first := 1
			if r.FirstTokens > 0 && r.FirstTokens < r.Output+r.Reasoning {
				first = r.FirstTokens
			}
			return float64(r.Last-r.FirstToken) / 1e6 / float64(r.Output+r.Reasoning-first), r.Events > 1
		},
		ISL.Def().Key: func(r record.Record) (float64, bool) { return float64(r.Input), r.InputSource > 0 },
	}
	for seed := range uint64(10) {
		records := randomRecords(seed, 1+int(seed)*40, false)
		for _, exact := range []int{MaxExact, 20} {
			got := accOf(exact, records).Stats(wide)
			for key, f := range formulas {
				sameAsNaive(t, got, key, naive(records, f))
			}
		}
	}
}

func sameAsNaive(t *testing.T, got Values, key string, want []float64) {
	t.Helper()
	s, ok := got[key]
	require.Equal(t, len(want) > 0, ok, key)
	require.Len(t, want, s.Count, key)
	for _, q := range s.P {
		v := naivePercentile(want, q.P)
		tolerance := 1e-5 // ITL is kept in whole ns
		if s.Method == Histogram {
			tolerance += v * 0.004
		}
		require.InDelta(t, v, q.Value, tolerance, "%s p%v (%s, n=%d)", key, q.P, s.Method, s.Count)
		require.LessOrEqual(t, q.Low, q.Value)
		require.GreaterOrEqual(t, q.High, q.Value)
	}
}

func TestRawGapsAreExact(t *testing.T) {
	records := randomRecords(3, 100, true)
	exact := accOf(MaxExact, records).Stats(wide)[ICL.Def().Key]
	require.Equal(t, Exact, exact.Method)
	bucketed := accOf(MaxExact, randomRecords(3, 100, false)).Stats(wide)[ICL.Def().Key]
	require.Equal(t, Histogram, bucketed.Method)
	require.Equal(t, exact.Count, bucketed.Count)
	require.InEpsilon(t, exact.Std, bucketed.Std, 0.004)
	for i, q := range exact.P {
		require.InEpsilon(t, q.Value, bucketed.P[i].Value, 0.004, "p%v", q.P)
	}
	for _, limit := range []float64{0, 1, 20, 49, 1000} {
		a, _ := exact.Above(limit)
		b, _ := bucketed.Above(limit)
		require.LessOrEqual(t, b.Least, a.Least)
		require.GreaterOrEqual(t, b.Most, a.Most)
		a, _ = exact.Below(limit)
		b, _ = bucketed.Below(limit)
		require.LessOrEqual(t, b.Least, a.Least)
		require.GreaterOrEqual(t, b.Most, a.Most)
	}

	counts := func(r record.Record) bool { return r.Gaps.Count > 0 && r.OK() && r.Phase != record.Warmup }
	records[slices.IndexFunc(records, counts)].Gaps.Raw = nil // one request without: all from the histogram
	require.Equal(t, Histogram, accOf(MaxExact, records).Stats(wide)[ICL.Def().Key].Method)
}

func TestLongTailsAreSortedWhenAsked(t *testing.T) {
	n := keepSorted + 7
	var short, long column
	var values []float64
	rng := rand.New(rand.NewPCG(4, 4))
	for i := range n {
		v := float64(rng.Int64N(1e9))
		long.put(2*i, v) // every other request has none
		values = append(values, v/1e6)
		if i < keepSorted {
			short.put(i, v)
		}
	}
	var buf []float64
	d := TTFT.Def()
	kept, ok := short.stats(d, nil, &buf)
	require.True(t, ok)
	require.Len(t, kept.tail.sorted, keepSorted)
	got, ok := long.stats(d, nil, &buf)
	require.True(t, ok)
	require.NotNil(t, got.tail.packed)
	want := ofSorted(slices.Sorted(slices.Values(values)), float64(n))
	require.Equal(t, Exact, got.Method)
	for _, limit := range []float64{-1, 0, 1, 500, values[3], 2000} {
		for _, side := range []func(Stats, float64) (Beyond, bool){Stats.Above, Stats.Below} {
			a, _ := side(want, limit)
			b, ok := side(got, limit)
			require.True(t, ok)
			require.Equal(t, a, b)
		}
	}
	require.Equal(t, want.P, got.P)
	a, _ := want.QuantilesWith(3, 5000, Points()...)
	b, _ := got.QuantilesWith(3, 5000, Points()...)
	require.Equal(t, a, b)
}

func TestLongColumnsBecomeHistograms(t *testing.T) {
	got := accOf(50, randomRecords(1, 300, false)).Stats(wide)
	require.Equal(t, Histogram, got[TTFT.Def().Key].Method)
	require.Equal(t, Exact, got[ISL.Def().Key].Method, "only durations fall into buckets")
	require.Equal(t, accOf(MaxExact, randomRecords(1, 300, false)).Stats(wide)[Goodput.Def().Key], got[Goodput.Def().Key])
}

func FuzzPercentiles(f *testing.F) {
	f.Add([]byte{10, 20, 30, 40})
	f.Add([]byte{5})
	f.Add([]byte{0, 0, 255, 1, 1, 1, 7})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		var h histogram
		values := make([]float64, len(data))
		for i, b := range data { // below 2^7 a bucket is 1 ns wide, above it 1/128
			values[i] = float64(b) * float64(b)
			h.add(int64(values[i]), 1)
		}
		slices.Sort(values)
		exact, bucketed := ofSorted(slices.Clone(values), float64(len(values))), h.stats(Def{}, float64(len(values)))
		for i, q := range exact.P {
			want := naivePercentile(values, q.P)
			if math.Abs(q.Value-want) > 1e-9*max(want, 1) {
				t.Errorf("p%v of %v: %v, want %v", q.P, values, q.Value, want)
			}
			if math.Abs(bucketed.P[i].Value-want) > max(want/250, 1) {
				t.Errorf("p%v of %v from buckets: %v, want %v", q.P, values, bucketed.P[i].Value, want)
			}
			if q.Low > q.Value || q.High < q.Value {
				t.Errorf("p%v: %v outside %v..%v", q.P, q.Value, q.Low, q.High)
			}
		}
	})
}

// TestIntervalHolds draws samples of a known distribution: the interval must
// miss the true median in at most 5 of 100 cases, and may not be far wider.
func TestIntervalHolds(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const runs, n = 2000, 60
	missed := map[float64]int{}
	for range runs {
		values := make([]float64, n)
		for i := range values {
			values[i] = rng.Float64()
		}
		slices.Sort(values)
		for _, q := range ofSorted(values, n).P {
			if truth := q.P / 100; truth < q.Low || truth > q.High {
				missed[q.P]++
			}
		}
	}
	for p, m := range missed {
		require.Less(t, m, runs*6/100, "p%v", p)
	}
	require.Greater(t, missed[50], runs/100, fmt.Sprint(missed))
}

func BenchmarkPut(b *testing.B) {
	records := randomRecords(1, 1000, false)
	acc := Standard().Begin(Within(TTFT, time.Second))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		_ = acc.Put(records[i%len(records)])
	}
}

func BenchmarkStats(b *testing.B) {
	acc := accOf(MaxExact, randomRecords(1, 10_000, false))
	for b.Loop() {
		acc.Stats(wide)
	}
}
