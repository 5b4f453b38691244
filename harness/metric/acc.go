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
	spans   []span
	gaps    gapPool
	totals  Totals
	rec     record.Record // the one in Put: shared, so that none is allocated
}

// span is what a successful request leaves besides its values.
type span struct {
	sent, first, last, end int64
	osl                    int
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
	row := len(a.spans)
	a.spans = append(a.spans, span{r.Sent, r.FirstToken, r.Last, r.End, r.OSL()})
	for i, m := range a.set.metrics {
		if v, ok := m.request(&a.rec); ok {
			a.columns[i].put(row, v)
			a.bound(i)
		}
	}
	a.gaps.add(r.Gaps)
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
	base := len(a.spans)
	a.spans = append(a.spans, o.spans...)
	for i, m := range a.set.metrics {
		same := func(x Metric) bool { return x.Def().Key == m.Def().Key }
		if j := slices.IndexFunc(o.set.metrics, same); j >= 0 {
			a.columns[i].merge(base, &o.columns[j])
			a.bound(i)
		}
	}
	a.gaps.merge(&o.gaps)
	a.totals.merge(&o.totals)
}

// Totals are the sums so far, without those of the steady window.
func (a *Acc) Totals() Totals { return a.totals }

// Stats are the figures so far. Metrics without data are absent.
func (a *Acc) Stats(f Facts) Values {
	out := Values{}
	totals := a.totals
	order := sendOrder(a.spans)
	totals.SteadyRequests, totals.SteadyOutput = steadyShare(a.spans, order, f.Window)
	for i, m := range a.set.metrics {
		d := m.Def()
		var s Stats
		var ok bool
		switch d.Kind {
		case RequestKind:
			s, ok = a.columns[i].stats(d, order)
		case GapKind:
			s, ok = a.gaps.stats(d)
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

// steadyShare is how many successful requests the steady window holds, and how
// many of their tokens: each request counts by the share of its time that lies
// inside, each token by that from first to last content. Whole requests would
// not do: slots in step all end just after the window does.
func steadyShare(spans []span, order []int32, w record.Window) (requests, tokens float64) {
	for _, i := range order {
		s := spans[i]
		requests += inside(s.sent, s.end, w)
		tokens += float64(s.osl) * inside(s.first, s.last, w)
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
