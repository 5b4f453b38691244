package arrival

import (
	"math"
	"slices"
	"testing"
	"testing/quick"
	"time"

	"github.com/stretchr/testify/require"
)

func take(t *testing.T, s Schedule, n int) []time.Duration {
	t.Helper()
	out := make([]time.Duration, n)
	for i := range out {
		at, ok := s.Next()
		require.True(t, ok)
		out[i] = at
	}
	return out
}

func TestConstantIsOnTheGrid(t *testing.T) {
	for _, c := range []struct {
		rate float64
		n    int
		want time.Duration
	}{
		{2000, 1, 500 * time.Microsecond},
		{2000, 16_000, 8 * time.Second},
		{0.5, 3, 6 * time.Second},
		{3, 1, 333_333_333},
		{3, 2, 666_666_667},
		{3, 3_000_000, 1_000_000 * time.Second}, // no error adds up
	} {
		s := Constant{c.rate}.Open(7)
		at, ok := s.Next()
		require.True(t, ok)
		require.Zero(t, at)
		s.(*evenly).count = float64(c.n)
		at, ok = s.Next()
		require.True(t, ok)
		require.Equal(t, c.want, at, "%v arrival %d", c.rate, c.n)
	}
}

func TestRateAndVariation(t *testing.T) {
	const n = 200_000
	for _, c := range []struct {
		p  Process
		cv float64
	}{
		{Constant{20}, 0},
		{Poisson{20}, 1},
		{Poisson{3000}, 1},
		{Gamma{Rate: 20}, 1},
		{Gamma{20, 1}, 1},
		{Gamma{20, 4}, 0.5},
		{Gamma{20, 0.25}, 2},
		{Gamma{500, 0.1}, math.Sqrt(10)},
		{Gamma{500, 1e6}, 0.001},
	} {
		t.Run(c.p.String(), func(t *testing.T) {
			require.NoError(t, c.p.Validate())
			at := take(t, c.p.Open(1), n+1)
			mean := at[n].Seconds() / n
			variance := 0.0
			require.True(t, slices.IsSorted(at))
			for i := range n {
				gap := (at[i+1] - at[i]).Seconds()
				variance += (gap - mean) * (gap - mean) / n
			}
			// Five standard errors of the mean of n gaps.
			require.InDelta(t, 1, mean*c.p.Mean(), 5*c.cv/math.Sqrt(n)+1e-9)
			require.InDelta(t, c.cv, math.Sqrt(variance)/mean, 0.03*c.cv+1e-6)
		})
	}
}

// Of a Poisson process, the share of gaps above t is exp(-rate t), and counts in
// equal stretches of time vary as much as their mean.
func TestPoissonIsPoisson(t *testing.T) {
	for _, p := range []Process{Poisson{50}, Gamma{50, 1}} {
		const n = 100_000
		at := take(t, p.Open(3), n+1)
		for _, limit := range []time.Duration{5 * time.Millisecond, 20 * time.Millisecond, 60 * time.Millisecond} {
			above := 0.0
			for i := range n {
				if at[i+1]-at[i] > limit {
					above++
				}
			}
			require.InDelta(t, math.Exp(-50*limit.Seconds()), above/n, 0.01, "%s %s", p, limit)
		}
		counts := make([]float64, int(at[n].Seconds()))
		for _, x := range at {
			if i := int(x.Seconds()); i < len(counts) {
				counts[i]++
			}
		}
		mean, variance := 0.0, 0.0
		for _, c := range counts {
			mean += c / float64(len(counts))
		}
		for _, c := range counts {
			variance += (c - mean) * (c - mean) / float64(len(counts))
		}
		require.InDelta(t, 1, variance/mean, 0.15, "index of dispersion of %s", p)
	}
}

func TestTheSameSeedGivesTheSameArrivals(t *testing.T) {
	for _, p := range []Process{Constant{9}, Poisson{9}, Gamma{9, 3}} {
		same := func(seed uint64) bool {
			a, b := take(t, p.Open(seed), 20), take(t, p.Open(seed), 20)
			return a[0] == 0 && slices.Equal(a, b)
		}
		require.NoError(t, quick.Check(same, nil), p.String())
	}
	for _, p := range []Process{Poisson{9}, Gamma{9, 3}} {
		require.False(t, slices.Equal(take(t, p.Open(1), 20), take(t, p.Open(2), 20)), p.String())
	}
}

func TestAScheduleEndsWhereTimeDoes(t *testing.T) {
	for _, p := range []Process{Constant{1e-10}, Poisson{1e-10}, Gamma{1e-10, 2}} {
		require.NoError(t, p.Validate())
		s := p.Open(5)
		at, ok := s.Next()
		require.True(t, ok)
		for range 100 {
			before := at
			if at, ok = s.Next(); !ok {
				break
			}
			require.GreaterOrEqual(t, at, before)
		}
		require.False(t, ok, p.String())
	}
}

func TestString(t *testing.T) {
	for want, p := range map[string]Process{
		"constant(2000/s)":              Constant{2000},
		"poisson(0.5/s)":                Poisson{0.5},
		"poisson(20/s)":                 Poisson{20},
		"gamma(20/s, smoothness 1)":     Gamma{Rate: 20},
		"gamma(7.25/s, smoothness 0.5)": Gamma{7.25, 0.5},
	} {
		require.Equal(t, want, p.String())
	}
}

func TestValidate(t *testing.T) {
	for _, p := range []Process{Constant{MaxRate}, Poisson{1}, Gamma{1, MinSmoothness}, Gamma{1, MaxSmoothness}, Gamma{Rate: 1}} {
		require.NoError(t, p.Validate(), p.String())
	}
	inf, nan := math.Inf(1), math.NaN()
	for _, p := range []Process{
		Constant{}, Constant{-1}, Constant{inf}, Constant{nan}, Constant{2 * MaxRate}, Poisson{}, Poisson{nan},
		Gamma{0, 1}, Gamma{1, -1}, Gamma{1, nan}, Gamma{1, inf}, Gamma{1, 1e-9},
	} {
		require.Error(t, p.Validate(), p.String())
	}
}

func BenchmarkSchedule(b *testing.B) {
	for _, p := range []Process{Constant{20}, Poisson{20}, Gamma{20, 2}} {
		b.Run(p.String(), func(b *testing.B) {
			s := p.Open(1)
			for b.Loop() {
				s.Next()
			}
		})
	}
}
