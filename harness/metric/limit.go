package metric

import "github.com/dynbench/dynbench/harness/record"

// Limit is one condition of a good request.
type Limit struct {
	def   Def
	limit float64 // base value
	value func(*record.Record) (float64, bool)
}

// Within is the condition that a request has the metric d and that it is at
// most limit, or at least limit where higher is better. The limit itself is
// within. Gaps are not values of a request: a limit on them is never met.
func Within[T Value](d Dist[T], limit T) Limit {
	return Limit{d.def, float64(limit), d.request}
}

// WithinUnit is Within for a metric of any type and a limit in its Unit, as flags
// and files have it; false where the metric has no value a request.
func WithinUnit(m Metric, limit float64) (Limit, bool) {
	d := m.Def()
	return Limit{d, d.Base(limit), m.request}, d.Kind == RequestKind
}

// Def describes the metric that the limit is on.
func (l Limit) Def() Def { return l.def }

// Value is the limit in the metric's Unit.
func (l Limit) Value() float64 { return l.def.Display(l.limit) }

func (l Limit) met(r *record.Record) bool {
	v, ok := l.value(r)
	if l.def.Direction == HigherIsBetter {
		return ok && v >= l.limit
	}
	return ok && v <= l.limit
}

// AllMet says that a request is within all limits; it does not look at how the
// request ended.
func AllMet(limits []Limit, r *record.Record) bool { return allMet(limits, r) }

func allMet(limits []Limit, r *record.Record) bool {
	for _, l := range limits {
		if !l.met(r) {
			return false
		}
	}
	return true
}
