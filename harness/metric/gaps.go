package metric

import (
	"slices"

	"github.com/dynbench/dynbench/harness/record"
)

// gapPool holds the gaps of all requests of a level, exact while each request
// brought its raw gaps.
type gapPool struct {
	hist     histogram
	raw      []float64
	requests int // with gaps
}

func (p *gapPool) add(g record.Gaps) {
	if g.Count == 0 {
		return
	}
	whole := int64(len(p.raw)) == p.hist.n && len(g.Raw) == g.Count
	p.hist.addGaps(&g)
	p.requests++
	if !whole {
		p.raw = nil
		return
	}
	for _, ns := range g.Raw {
		p.raw = append(p.raw, float64(ns))
	}
}

func (p *gapPool) merge(o *gapPool) {
	whole := int64(len(p.raw)) == p.hist.n && int64(len(o.raw)) == o.hist.n
	p.hist.merge(&o.hist)
	p.requests += o.requests
	if p.raw = append(p.raw, o.raw...); !whole {
		p.raw = nil
	}
}

// stats take the gaps of one request as alike: a request counts as one
// independent value.
func (p *gapPool) stats(d Def) (Stats, bool) {
	if p.hist.n == 0 {
		return Stats{}, false
	}
	if int64(len(p.raw)) != p.hist.n {
		return p.hist.stats(d, float64(p.requests)), true
	}
	sorted := make([]float64, len(p.raw))
	for i, v := range p.raw {
		sorted[i] = d.Display(v)
	}
	slices.Sort(sorted)
	return ofSorted(sorted, float64(p.requests)), true
}
