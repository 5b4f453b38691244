package metric

import (
	"math"
	"slices"
	"sort"
)

// tail is what Stats keep of the values, to count those beyond a limit.
type tail struct {
	sorted []float64  // in the Unit, or
	packed *series    // base values, n of them, or
	hist   *histogram // in ns
	n      int
	scale  float64 // base values in the Unit
}

// keepSorted is the number of values up to which Stats keep them sorted. Of more
// they keep the packed ones and sort anew when asked: all metrics of a long level
// would not fit.
const keepSorted = 100_000

// ranks returns what gives the value at a rank, 0 to n-1.
func (t *tail) ranks() func(rank float64) float64 {
	switch {
	case t.hist != nil:
		return func(rank float64) float64 { return t.hist.at(rank) / t.scale }
	case t.packed != nil:
		sorted := sortedOf(t.packed, t.n, t.scale)
		return func(rank float64) float64 { return atRank(sorted, rank) }
	}
	return func(rank float64) float64 { return atRank(t.sorted, rank) }
}

// sortedOf are the n values of s in a unit of scale, ascending.
func sortedOf(s *series, n int, scale float64) []float64 {
	sorted := make([]float64, 0, n)
	for _, v := range s.all {
		sorted = append(sorted, v/scale)
	}
	slices.Sort(sorted)
	return sorted
}

// atRank is linear between the order statistics.
func atRank(sorted []float64, rank float64) float64 {
	below := math.Floor(rank)
	v := sorted[int(below)]
	if f := rank - below; f > 0 {
		v += (sorted[int(below)+1] - v) * f
	}
	return v
}

// count counts the packed values that meet a condition.
func (t *tail) count(meets func(shown float64) bool) int {
	n := 0
	for _, v := range t.packed.all {
		if meets(v / t.scale) {
			n++
		}
	}
	return n
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
	case t.packed != nil:
		x := t.count(func(v float64) bool { return v > limit })
		return Beyond{x, x, s.Count}, true
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
	case t.packed != nil:
		x := t.count(func(v float64) bool { return v < limit })
		return Beyond{x, x, s.Count}, true
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
	all, ok := s.QuantilesWith(low, high, p)
	if !ok {
		return 0, false
	}
	return all[0], true
}

// QuantilesWith are several QuantileWith at the cost of one.
func (s Stats) QuantilesWith(low, high int, points ...float64) ([]float64, bool) {
	if s.tail == nil || s.Count == 0 {
		return nil, false
	}
	at := s.tail.ranks()
	out := make([]float64, len(points))
	for i, p := range points {
		switch rank := p/100*float64(s.Count+low+high-1) - float64(low); {
		case rank < 0:
			out[i] = math.Inf(-1)
		case rank > float64(s.Count-1):
			out[i] = math.Inf(1)
		default:
			out[i] = at(rank)
		}
	}
	return out, true
}
