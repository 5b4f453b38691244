package metric

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// confidence is the level of the two-sided intervals of quantiles.
const confidence = 0.95

// few is the number of values expected beyond a percentile below which it is of
// low confidence.
const few = 10

// quantiles are the Points of n values, at gives the value at a rank 0 to n-1.
// The interval is that of effective independent values, and is widened to the
// value where few values make the interpolated one lie outside.
func quantiles(n int, effective float64, at func(rank float64) float64) []Quantile {
	points := Points()
	out := make([]Quantile, len(points))
	last := float64(n - 1)
	m := max(int(effective), 1)
	for i, p := range points {
		q := p / 100
		out[i] = Quantile{
			P: p, Value: at(q * last), Low: math.Inf(-1), High: math.Inf(1),
			LowConfidence: math.Min(q, 1-q)*float64(n) < few-1e-9,
		}
		low, high := orderBounds(m, q)
		if low > 0 {
			out[i].Low = min(at(rank(low, m, n, math.Floor)), out[i].Value)
		}
		if high <= m {
			out[i].High = max(at(rank(high, m, n, math.Ceil)), out[i].Value)
		}
	}
	return out
}

// rank is the place among n values, from 0, of the k-th of m.
func rank(k, m, n int, round func(float64) float64) float64 {
	if m <= 1 || m == n {
		return float64(k - 1)
	}
	return min(round(float64(k-1)*float64(n-1)/float64(m-1)), float64(n-1))
}

// orderBounds returns the order statistics, from 1, between which the quantile
// q of n independent values lies with at least the confidence, by the binomial
// distribution of the number of values below it: the largest l with
// P(X <= l-1) <= 2.5 % and the smallest u with P(X <= u-1) >= 97.5 %, X of
// Bin(n, q). 0 and n+1: no order statistic bounds it.
func orderBounds(n int, q float64) (low, high int) {
	x := distuv.Binomial{N: float64(n), P: q}
	const tail = (1 - confidence) / 2
	low = sort.Search(n, func(k int) bool { return x.CDF(float64(k)) > tail })
	high = 1 + sort.Search(n, func(k int) bool { return x.CDF(float64(k)) >= 1-tail })
	return low, high
}
