package metric

import (
	"math"
	"sort"
)

// tail is what Stats keep of the values, to count those beyond a limit.
type tail struct {
	sorted []float64  // in the Unit, or
	hist   *histogram // in ns
	scale  float64    // ns in the Unit
}

func (t *tail) at(rank float64) float64 {
	if t.hist != nil {
		return t.hist.at(rank) / t.scale
	}
	below := math.Floor(rank)
	v := t.sorted[int(below)]
	if f := rank - below; f > 0 {
		v += (t.sorted[int(below)+1] - v) * f
	}
	return v
}

// Beyond counts the values on one side of a limit. Least and Most differ by
// those that share a histogram's bucket with it.
type Beyond struct{ Least, Most, N int }

// Above counts the values greater than limit, which is in the Unit. It is false
// where the values are not at hand: in Stats of a Scalar or read from a file.
func (s Stats) Above(limit float64) (Beyond, bool) {
	switch t := s.tail; {
	case t == nil:
		return Beyond{}, false
	case t.hist != nil:
		least, most := t.hist.above(limit * t.scale)
		return Beyond{int(least), int(most), s.Count}, true
	default:
		x := len(t.sorted) - sort.Search(len(t.sorted), func(i int) bool { return t.sorted[i] > limit })
		return Beyond{x, x, s.Count}, true
	}
}

// Below counts the values less than limit, as Above does.
func (s Stats) Below(limit float64) (Beyond, bool) {
	switch t := s.tail; {
	case t == nil:
		return Beyond{}, false
	case t.hist != nil:
		least, most := t.hist.below(limit * t.scale)
		return Beyond{int(least), int(most), s.Count}, true
	default:
		x := sort.SearchFloat64s(t.sorted, limit)
		return Beyond{x, x, s.Count}, true
	}
}

// QuantileWith is the percentile p of the values and of low and high further
// ones that lie below and above them all: with high the number of failures, a
// latency in which failures count as infinite. It is infinite where it falls on
// one of those, and false where the values are not at hand.
func (s Stats) QuantileWith(p float64, low, high int) (float64, bool) {
	if s.tail == nil || s.Count == 0 {
		return 0, false
	}
	rank := p/100*float64(s.Count+low+high-1) - float64(low)
	switch {
	case rank < 0:
		return math.Inf(-1), true
	case rank > float64(s.Count-1):
		return math.Inf(1), true
	}
	return s.tail.at(rank), true
}
