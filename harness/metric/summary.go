package metric

import (
	"fmt"
	"math"
	"strings"

	"github.com/dynbench/dynbench/harness/record"
)

// ofSorted are the Stats of values in their Unit, ascending, worth effective
// independent ones. It keeps the slice.
func ofSorted(sorted []float64, effective float64) Stats {
	n := len(sorted)
	if n == 0 {
		return Stats{Method: Exact}
	}
	s := Stats{Count: n, Min: sorted[0], Max: sorted[n-1], Effective: effective, Method: Exact}
	for _, v := range sorted {
		s.Sum += v
	}
	s.Avg = min(max(s.Sum/float64(n), s.Min), s.Max)
	squares := 0.0
	for _, v := range sorted {
		squares += (v - s.Avg) * (v - s.Avg)
	}
	s.Std = math.Sqrt(squares / float64(n))
	s.tail = &tail{sorted: sorted}
	s.P = quantiles(n, effective, s.tail.ranks())
	return s
}

// stats of a histogram, converted to the unit of d.
func (h *histogram) stats(d Def, effective float64) Stats {
	s := Stats{
		Count: int(h.n), Sum: d.Display(float64(h.sum)), Avg: d.Display(float64(h.sum) / float64(h.n)),
		Min: d.Display(float64(h.min)), Max: d.Display(float64(h.max)), Std: d.Display(h.std()),
		Effective: effective, Method: Histogram,
	}
	s.tail = &tail{hist: h.clone(), scale: d.scale()}
	s.P = quantiles(s.Count, effective, s.tail.ranks())
	return s
}

func levelStats(m Metric, t *Totals, f Facts) (Stats, bool) {
	v, ok := m.level(t, f)
	if !ok || math.IsNaN(v) || math.IsInf(v, 0) {
		return Stats{}, false
	}
	v = m.Def().Display(v)
	return Stats{Count: t.Ended(), Sum: v, Avg: v, Min: v, Max: v, Method: OneLevel}, true
}

// source names who counted the tokens that a metric rests on; a mixture is a
// warning, for its parts may differ by more than 10 %.
func source(use TokenUse, t *Totals, warnings []string) (string, []string) {
	by := [record.Chunks + 1]int{}
	for i := range by {
		if use == OfInput || use == OfBoth {
			by[i] += t.InputBy[i]
		}
		if use == OfOutput || use == OfBoth {
			by[i] += t.OutputBy[i]
		}
	}
	var names, counts []string
	for i := record.Usage; i <= record.Chunks; i++ {
		if by[i] > 0 {
			names = append(names, i.String())
			counts = append(counts, fmt.Sprintf("%s %d", i, by[i]))
		}
	}
	switch len(names) {
	case 0:
		return "", warnings
	case 1:
		return names[0], warnings
	}
	return "mixed", append(warnings, "tokens counted in different ways: "+strings.Join(counts, ", "))
}
