package metric

import (
	"fmt"
	"math"
	"slices"
)

// column holds one metric's base values, in the rows of the Acc's spans: NaN,
// or beyond the end, where a request has none. A column of durations that grew
// too long has a histogram instead.
type column struct {
	values series
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
	for c.values.len() < row {
		c.values.add(math.NaN())
	}
	c.values.add(v)
}

func (c *column) merge(base int, o *column) {
	c.odd += o.odd
	if o.hist != nil {
		c.spill()
		c.hist.merge(o.hist)
		c.n += o.n
		return
	}
	for row, v := range o.values.all {
		c.put(base+row, v)
	}
}

func (c *column) spill() {
	if c.hist != nil {
		return
	}
	c.hist = &histogram{}
	for _, v := range c.values.all {
		c.hist.add(int64(v), 1)
	}
	c.values = series{}
}

func (c *column) stats(d Def, order []int32, buf *[]float64) (Stats, bool) {
	var s Stats
	switch {
	case c.n == 0:
		return Stats{}, false
	case c.hist != nil:
		s = c.hist.stats(d, float64(c.n))
	default:
		s = c.exactStats(d, order, buf)
	}
	if c.odd > 0 {
		s.Warnings = append(s.Warnings, fmt.Sprintf("%s: %d values are not finite and were left out", d.Key, c.odd))
	}
	return s, true
}

// exactStats uses buf as room for all rows.
func (c *column) exactStats(d Def, order []int32, buf *[]float64) Stats {
	rows := c.values.appendTo((*buf)[:0])
	*buf = rows
	effective := independent(c.n, lag1(rows, order))
	sorted := rows[:0]
	for _, v := range rows {
		if !math.IsNaN(v) {
			sorted = append(sorted, d.Display(v))
		}
	}
	slices.Sort(sorted)
	if c.n <= keepSorted {
		return ofSorted(slices.Clone(sorted), effective)
	}
	s := ofSorted(sorted, effective)
	s.tail = &tail{packed: c.values.clone(), n: c.n, scale: d.scale()}
	return s
}

// lag1 is the correlation of neighbours in the order given, 0 where there are
// none or all values are equal. Rows without a value, NaN or beyond the end, are
// passed over.
func lag1(rows []float64, order []int32) float64 {
	sum, n := 0.0, 0
	for _, row := range order {
		if int(row) < len(rows) && !math.IsNaN(rows[row]) {
			sum += rows[row]
			n++
		}
	}
	mean := sum / float64(n)
	var with, all, last float64
	first := true
	for _, row := range order {
		if int(row) >= len(rows) || math.IsNaN(rows[row]) {
			continue
		}
		v := rows[row] - mean
		all += v * v
		if !first {
			with += v * last
		}
		last, first = v, false
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
