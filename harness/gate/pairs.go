package gate

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/dynbench/dynbench/harness/result"
)

// Confidence is the share of cases in which an interval holds the true figure.
const Confidence = 0.95

// Mean is the mean of values with its Student t interval: mean ± t(n-1) s/√n, s
// the sample's standard deviation. Fewer than two values have no interval, and
// none have NaN for a mean.
func Mean(values []float64) result.Estimate {
	n := len(values)
	if n == 0 {
		return result.Estimate{Value: math.NaN(), Low: math.Inf(-1), High: math.Inf(1)}
	}
	mean := stat.Mean(values, nil)
	e := result.Estimate{Value: mean, Low: math.Inf(-1), High: math.Inf(1), N: n}
	if n > 1 {
		half := quantile(n-1) * stat.StdDev(values, nil) / math.Sqrt(float64(n))
		e.Low, e.High = mean-half, mean+half
	}
	return e
}

// quantile is Student's t that a share (1+Confidence)/2 lies below.
func quantile(freedom int) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(freedom)}.Quantile((1 + Confidence) / 2)
}

// PairedRatio is other / base: the geometric mean of the ratios of the pairs,
// with the t interval of the mean of their logarithms. Swapping the two gives the
// reciprocal. base[i] and other[i] are one pair. It is false where there is no
// pair or a value is not above 0; differences are for those.
func PairedRatio(base, other []float64) (result.Estimate, bool) {
	if len(base) != len(other) || len(base) == 0 {
		return result.Estimate{}, false
	}
	logs := make([]float64, len(base))
	for i := range base {
		if logs[i] = math.Log(other[i]) - math.Log(base[i]); math.IsNaN(logs[i]) || math.IsInf(logs[i], 0) {
			return result.Estimate{}, false
		}
	}
	e := Mean(logs)
	e.Value = math.Exp(e.Value)
	if len(logs) > 1 {
		e.Low, e.High = math.Exp(e.Low), math.Exp(e.High)
	}
	return e, true
}

// PairedDifference is other - base: the mean over the pairs, with its t interval.
// It is false where there is no pair.
func PairedDifference(base, other []float64) (result.Estimate, bool) {
	if len(base) != len(other) || len(base) == 0 {
		return result.Estimate{}, false
	}
	d := make([]float64, len(base))
	for i := range base {
		d[i] = other[i] - base[i]
	}
	return Mean(d), true
}

// Median is that of values, NaN of none. It keeps the slice.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
