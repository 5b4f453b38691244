package metric

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// column holds one metric's base values, in the rows of the Acc's spans: NaN,
// or beyond the end, where a request has none. A column of durations that grew
// too long has a histogram instead.
type column struct {
	values []float64
	n      int // values that are not NaN
	odd    int // values left out: not finite
	hist   *histogram
}

func (c *column) put(row int, v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		c.odd++
		return
	}
	c.n++
	if c.hist != nil {
		c.hist.add(int64(v), 1)
		return
	}
	for len(c.values) < row {
		c.values = append(c.values, math.NaN())
	}
	c.values = append(c.values, v)
}

func (c *column) merge(base int, o *column) {
	c.odd += o.odd
	if o.hist != nil {
		c.spill()
		c.hist.merge(o.hist)
		c.n += o.n
		return
	}
	for row, v := range o.values {
		if !math.IsNaN(v) {
			c.put(base+row, v)
		}
	}
}

func (c *column) spill() {
	if c.hist != nil {
		return
	}
	c.hist = &histogram{}
	for _, v := range c.values {
		if !math.IsNaN(v) {
			c.hist.add(int64(v), 1)
		}
	}
	c.values = nil
}

func (c *column) stats(d Def, order []int32) (Stats, bool) {
	var s Stats
	switch {
	case c.n == 0:
		return Stats{}, false
	case c.hist != nil:
		s = c.hist.stats(d, float64(c.n))
	default:
		s = c.exactStats(d, order)
	}
	if c.odd > 0 {
		s.Warnings = append(s.Warnings, fmt.Sprintf("%s: %d values are not finite and were left out", d.Key, c.odd))
	}
	return s, true
}

func (c *column) exactStats(d Def, order []int32) Stats {
	sorted := make([]float64, 0, c.n)
	for _, v := range c.values {
		if !math.IsNaN(v) {
			sorted = append(sorted, d.Display(v))
		}
	}
	slices.Sort(sorted)
	return ofSorted(sorted, independent(c.n, c.lag1(order)))
}

// lag1 is the correlation of neighbours in send order, 0 where there are none
// or all values are equal.
func (c *column) lag1(order []int32) float64 {
	var values []float64
	sum := 0.0
	for _, row := range order {
		if int(row) < len(c.values) && !math.IsNaN(c.values[row]) {
			values = append(values, c.values[row])
			sum += c.values[row]
		}
	}
	mean := sum / float64(len(values))
	var with, all float64
	for i, v := range values {
		all += (v - mean) * (v - mean)
		if i > 0 {
			with += (v - mean) * (values[i-1] - mean)
		}
	}
	if all == 0 {
		return 0
	}
	return with / all
}

// independent is the number of independent values that n values with the lag-1
// autocorrelation r are worth, n (1-r)/(1+r). An r that chance alone gives to
// independent values, up to 2/sqrt(n), is taken as 0.
func independent(n int, r float64) float64 {
	if n == 0 || r <= 2/math.Sqrt(float64(n)) {
		return float64(n)
	}
	return max(float64(n)*(1-r)/(1+r), 1)
}

// sendOrder lists the rows by the time they were sent.
func sendOrder(spans []span) []int32 {
	order := make([]int32, len(spans))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(i, j int32) int {
		a, b := spans[i], spans[j]
		return cmp.Or(cmp.Compare(a.sent, b.sent), cmp.Compare(a.end, b.end), cmp.Compare(a.first, b.first),
			cmp.Compare(a.last, b.last), cmp.Compare(a.osl, b.osl))
	})
	return order
}
