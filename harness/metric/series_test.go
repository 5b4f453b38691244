package metric

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSeriesGiveBackWhatTheyWereGiven(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for name, draw := range map[string]func() float64{
		"latencies":    func() float64 { return float64(50e6 + rng.Int64N(50e6)) },
		"constant":     func() float64 { return 128 },
		"negative":     func() float64 { return float64(rng.Int64N(1000) - 500) },
		"wide":         func() float64 { return float64(rng.Int64N(1<<54) - 1<<53) },
		"not whole":    func() float64 { return rng.Float64() },
		"too large":    func() float64 { return 1e300 },
		"often absent": func() float64 { return []float64{math.NaN(), 7}[rng.IntN(2)] },
		"absent":       math.NaN,
		"mixed":        func() float64 { return []float64{math.NaN(), -3, 0.5, 1 << 40}[rng.IntN(4)] },
	} {
		t.Run(name, func(t *testing.T) {
			var s series
			var want []float64
			var early *series
			for range 3*blockRows + 100 {
				v := draw()
				want = append(want, v)
				if s.add(v); s.len() == 2*blockRows+10 {
					early = s.clone()
				}
			}
			require.Equal(t, len(want), s.len())
			rows := 0
			s.all(func(row int, v float64) bool {
				require.Equal(t, want[row], v)
				rows++
				return true
			})
			for row, v := range want {
				if math.IsNaN(v) {
					require.True(t, math.IsNaN(s.at(row)))
					rows++
				}
				if row < early.len() && !math.IsNaN(v) {
					require.Equal(t, v, early.at(row))
				}
			}
			require.Equal(t, len(want), rows)
			require.True(t, math.IsNaN(s.at(s.len())))
			require.True(t, math.IsNaN(early.at(early.len())))
		})
	}
}

func TestSeriesAreSmall(t *testing.T) {
	size := func(draw func(i int64) int64) (bytes int) {
		var s series
		for i := range int64(10 * blockRows) {
			s.add(float64(draw(i)))
		}
		for _, b := range s.full {
			bytes += 8 * (len(b.words) + len(b.plain))
		}
		return bytes / (10 * blockRows)
	}
	require.Equal(t, 0, size(func(int64) int64 { return 128 }), "a constant takes a bit")
	require.LessOrEqual(t, size(func(i int64) int64 { return 50e6 + i*7919%50e6 }), 3, "latencies of 50 to 100 ms")
	require.LessOrEqual(t, size(func(i int64) int64 { return i * 1e6 }), 4, "moments 1 ms apart")
}

func BenchmarkSeries(b *testing.B) {
	b.ReportAllocs()
	var s series
	for i := 0; b.Loop(); i++ {
		s.add(float64(50e6 + i*7919%50e6))
	}
}
