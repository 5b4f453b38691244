package metric

import (
	"cmp"
	"slices"

	"github.com/dynbench/dynbench/harness/record"
)

// spans are what successful requests leave besides their values, a row each.
type spans struct{ sent, first, last, end, osl series }

// span is one row: times in ns from the run's start, and tokens.
type span struct {
	sent, first, last, end int64
	osl                    int
}

func (s *spans) len() int { return s.sent.len() }

func (s *spans) add(r span) {
	s.sent.add(float64(r.sent))
	s.first.add(float64(r.first))
	s.last.add(float64(r.last))
	s.end.add(float64(r.end))
	s.osl.add(float64(r.osl))
}

func (s *spans) at(row int) span {
	return span{
		int64(s.sent.at(row)), int64(s.first.at(row)), int64(s.last.at(row)), int64(s.end.at(row)), int(s.osl.at(row)),
	}
}

// sendOrder lists the rows by the time they were sent.
func (s *spans) sendOrder() []int32 {
	order, sent := make([]int32, s.len()), make([]int64, s.len())
	for i := range order {
		order[i], sent[i] = int32(i), int64(s.sent.at(i))
	}
	slices.SortFunc(order, func(i, j int32) int {
		if c := cmp.Compare(sent[i], sent[j]); c != 0 {
			return c
		}
		a, b := s.at(int(i)), s.at(int(j))
		return cmp.Or(cmp.Compare(a.end, b.end), cmp.Compare(a.first, b.first), cmp.Compare(a.last, b.last), cmp.Compare(a.osl, b.osl))
	})
	return order
}

// steadyShare is how many successful requests the steady window holds, and how
// many of their tokens: each request counts by the share of its time that lies
// inside, each token by that from first to last content. Whole requests would
// not do: slots in step all end just after the window does.
func (s *spans) steadyShare(order []int32, w record.Window) (requests, tokens float64) {
	for _, i := range order {
		r := s.at(int(i))
		requests += inside(r.sent, r.end, w)
		tokens += float64(r.osl) * inside(r.first, r.last, w)
	}
	return requests, tokens
}

// inside is the share of from..to that lies in the steady window; of a moment,
// 1 or 0.
func inside(from, to int64, w record.Window) float64 {
	if from == to {
		if from > w.SteadyStart && from <= w.SteadyEnd {
			return 1
		}
		return 0
	}
	return float64(max(min(to, w.SteadyEnd)-max(from, w.SteadyStart), 0)) / float64(to-from)
}
