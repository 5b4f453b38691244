package metric

import (
	"slices"

	"github.com/dynbench/dynbench/harness/record"
)

// MaxExact is the number of values that a duration's percentiles are exact up
// to, for each metric and level; beyond it they fall into a histogram. Other
// values are always kept.
const MaxExact = 1_000_000

// Acc takes the records of one level. It is a record.Sink and not safe for
// concurrent use. What it gives does not depend on the order of the records.
type Acc struct {
	set     Set
	limits  []Limit
	exact   int
	columns []column
	spans   spans
	gaps    gapPool // between content events
	tokens  gapPool // between tokens
	totals  Totals
	rec     record.Record // the one in Put: shared, so that none is allocated
}

// Begin starts the figures of a level; limits are those of a good request,
// without which there is no goodput.
func (s Set) Begin(limits ...Limit) *Acc {
	return &Acc{
		set: s, limits: slices.Clone(limits), exact: MaxExact, columns: make([]column, len(s.metrics)),
		totals: Totals{Judged: len(limits) > 0},
	}
}

// Put counts one record; requests of the warm-up are ignored. The error is
// always nil.
func (a *Acc) Put(r record.Record) error {
	if r.Phase == record.Warmup {
		return nil
	}
	a.rec = r
	a.totals.add(&a.rec)
	if !r.OK() {
		return nil
	}
	if len(a.limits) > 0 && allMet(a.limits, &a.rec) {
		a.totals.Good++
	}
	row := a.spans.len()
	a.spans.add(span{r.Sent, r.FirstToken, r.Last, r.End, r.OSL()})
	for i, m := range a.set.metrics {
		if v, ok := m.request(&a.rec); ok {
			a.columns[i].put(row, v)
			a.bound(i)
		}
	}
	a.gaps.add(r.Gaps)
	a.tokens.add(r.TokenGaps)
	return nil
}

// bound turns a column of durations that has grown too long into a histogram.
func (a *Acc) bound(i int) {
	if c := &a.columns[i]; c.hist == nil && c.n > a.exact && a.set.metrics[i].Def().duration {
		c.spill()
	}
}

// Merge adds the records of o, an Acc of the same set and limits; o is not
// changed.
func (a *Acc) Merge(o *Acc) {
	base := a.spans.len()
	for row := range o.spans.len() {
		a.spans.add(o.spans.at(row))
	}
	for i, m := range a.set.metrics {
		same := func(x Metric) bool { return x.Def().Key == m.Def().Key }
		if j := slices.IndexFunc(o.set.metrics, same); j >= 0 {
			a.columns[i].merge(base, &o.columns[j])
			a.bound(i)
		}
	}
	a.gaps.merge(&o.gaps)
	a.tokens.merge(&o.tokens)
	a.totals.merge(&o.totals)
}

// Totals are the sums so far, without those of the steady window.
func (a *Acc) Totals() Totals { return a.totals }

// Stats are the figures so far. Metrics without data are absent.
func (a *Acc) Stats(f Facts) Values {
	out := Values{}
	totals := a.totals
	order := a.spans.sendOrder()
	var buf []float64
	totals.SteadyRequests, totals.SteadyOutput = a.spans.steadyShare(order, f.Window)
	for i, m := range a.set.metrics {
		d := m.Def()
		var s Stats
		var ok bool
		switch d.Kind {
		case RequestKind:
			s, ok = a.columns[i].stats(d, order, &buf)
		case GapKind:
			pool := &a.gaps
			if d.perToken {
				pool = &a.tokens
			}
			s, ok = pool.stats(d)
		default:
			s, ok = levelStats(m, &totals, f)
		}
		if ok {
			s.Unit = d.Unit
			s.TokenSource, s.Warnings = source(d.Tokens, &totals, s.Warnings)
			out[d.Key] = s
		}
	}
	return out
}
