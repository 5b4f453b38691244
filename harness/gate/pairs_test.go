package gate_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/gate"
	"github.com/dynbench/dynbench/harness/result"
)

// The t quantiles 12.7062, 4.30265 and 2.77645 of 1, 2 and 4 degrees are those of
// printed tables.
func TestMeanOfKnownVectors(t *testing.T) {
	for _, c := range []struct {
		values     []float64
		mean, half float64
	}{
		{[]float64{1, 2, 3, 4, 5}, 3, 2.7764451 * math.Sqrt(2.5) / math.Sqrt(5)},
		{[]float64{10, 12}, 11, 12.7062047 * math.Sqrt2 / math.Sqrt2},
		{[]float64{7, 7, 7}, 7, 0},
		{[]float64{1, 2, 6}, 3, 4.3026527 * math.Sqrt(7) / math.Sqrt(3)},
	} {
		e := gate.Mean(c.values)
		require.InDelta(t, c.mean, e.Value, 1e-12)
		require.InDelta(t, c.mean-c.half, e.Low, 1e-6)
		require.InDelta(t, c.mean+c.half, e.High, 1e-6)
		require.Equal(t, len(c.values), e.N)
	}
}

func TestOneValueHasNoInterval(t *testing.T) {
	one := gate.Mean([]float64{3})
	require.Equal(t, result.Estimate{Value: 3, Low: math.Inf(-1), High: math.Inf(1), N: 1}, one)
	require.True(t, math.IsNaN(gate.Mean(nil).Value))
	r, ok := gate.PairedRatio([]float64{4}, []float64{2})
	require.True(t, ok)
	require.InDelta(t, 0.5, r.Value, 1e-15)
	require.False(t, r.Bounded())
}

func TestPairedRatioOfAKnownVector(t *testing.T) {
	// Logarithms of the ratios: ln 2 times 1, 2, 3.
	r, ok := gate.PairedRatio([]float64{1, 1, 2}, []float64{2, 4, 16})
	require.True(t, ok)
	half := math.Ln2 * 4.3026527 / math.Sqrt(3)
	require.InDelta(t, 4, r.Value, 1e-12)
	require.InDelta(t, 4*math.Exp(-half), r.Low, 1e-6)
	require.InDelta(t, 4*math.Exp(half), r.High, 1e-5)
}

func TestNoRatioOfZeros(t *testing.T) {
	for _, c := range [][2][]float64{
		{{0, 1}, {1, 1}}, {{1, 1}, {1, 0}}, {{1, -1}, {1, 1}}, {{}, {}}, {{1}, {1, 2}}, {{math.Inf(1)}, {1}}, {{math.NaN()}, {1}},
	} {
		_, ok := gate.PairedRatio(c[0], c[1])
		require.False(t, ok, "%v", c)
	}
	d, ok := gate.PairedDifference([]float64{0, 0.5}, []float64{0.1, 0.6})
	require.True(t, ok)
	require.InDelta(t, 0.1, d.Value, 1e-12)
	_, ok = gate.PairedDifference([]float64{1}, nil)
	require.False(t, ok)
}

func TestSwappingTheArmsInvertsTheRatio(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 500 {
		n := 2 + rng.IntN(9)
		a, b := make([]float64, n), make([]float64, n)
		for i := range n {
			a[i], b[i] = math.Exp(3*rng.NormFloat64()), math.Exp(3*rng.NormFloat64())
		}
		there, ok := gate.PairedRatio(a, b)
		require.True(t, ok)
		back, ok := gate.PairedRatio(b, a)
		require.True(t, ok)
		require.InEpsilon(t, 1/there.Value, back.Value, 1e-9)
		require.InEpsilon(t, 1/there.Low, back.High, 1e-9)
		require.InEpsilon(t, 1/there.High, back.Low, 1e-9)
		require.LessOrEqual(t, there.Low, there.Value)
		require.LessOrEqual(t, there.Value, there.High)
		scaled := make([]float64, n)
		for i := range n {
			scaled[i] = 1000 * b[i]
		}
		units, _ := gate.PairedRatio(a, scaled)
		require.InEpsilon(t, 1000*there.Low, units.Low, 1e-9, "another unit scales the ratio")
	}
}

// In 95 of 100 comparisons of two equal arms the interval holds the ratio 1.
func TestTheIntervalCovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	const trials = 4000
	held := 0
	for range trials {
		var a, b []float64
		for range 5 {
			shared := math.Exp(0.2 * rng.NormFloat64()) // what both runs of a pair have in common
			a = append(a, shared*math.Exp(0.05*rng.NormFloat64()))
			b = append(b, shared*math.Exp(0.05*rng.NormFloat64()))
		}
		if r, _ := gate.PairedRatio(a, b); r.Low <= 1 && 1 <= r.High {
			held++
		}
	}
	require.InDelta(t, 0.95, float64(held)/trials, 0.012)
}

func TestMedian(t *testing.T) {
	values := []float64{5, 1, 4, 2}
	require.Equal(t, 3.0, gate.Median(values))
	require.Equal(t, []float64{5, 1, 4, 2}, values, "the slice is left as it was")
	require.Equal(t, 4.0, gate.Median([]float64{9, 4, 1}))
	require.True(t, math.IsNaN(gate.Median(nil)))
}
