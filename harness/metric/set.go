package metric

import (
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/dynbench/dynbench/harness/record"
)

// Set is a list of metrics, passed by value. The zero value is empty.
type Set struct{ metrics []Metric }

// With returns the set and more. A metric whose key is in the set already
// takes the place of the earlier one.
func (s Set) With(more ...Metric) Set {
	out := slices.Clone(s.metrics)
	for _, m := range more {
		same := func(o Metric) bool { return o.Def().Key == m.Def().Key }
		if i := slices.IndexFunc(out, same); i >= 0 {
			out[i] = m
			continue
		}
		out = append(out, m)
	}
	return Set{out}
}

// Defs describes the metrics in the order of the set.
func (s Set) Defs() []Def {
	defs := make([]Def, len(s.metrics))
	for i, m := range s.metrics {
		defs[i] = m.Def()
	}
	return defs
}

// Find returns the metric with this key or short name.
func (s Set) Find(name string) (Metric, bool) {
	if name == "" {
		return nil, false
	}
	for _, m := range s.metrics {
		if d := m.Def(); d.Key == name || d.Alias == name || d.Also == name {
			return m, true
		}
	}
	return nil, false
}

// Values yields the request metrics that one record has, each in its Unit: what
// stands in a record's line. A record that did not succeed has none.
func (s Set) Values(r *record.Record) iter.Seq2[Def, float64] {
	return func(yield func(Def, float64) bool) {
		if !r.OK() {
			return
		}
		for _, m := range s.metrics {
			v, ok := m.request(r)
			if !ok {
				continue
			}
			if d := m.Def(); !yield(d, d.Display(v)) {
				return
			}
		}
	}
}

// Validate names all faults of the definitions: no key, a name that two metrics
// share, a duration in an unknown unit.
func (s Set) Validate() error {
	var errs []error
	owner := map[string]string{}
	for _, d := range s.Defs() {
		if d.Key == "" {
			errs = append(errs, fmt.Errorf("metric %q has no key", d.Title))
		}
		if _, known := durationUnits[d.Unit]; d.duration && !known {
			errs = append(errs, fmt.Errorf("metric %s: durations are in ns, us, ms or sec, not %q", d.Key, d.Unit))
		}
		for _, name := range []string{d.Key, d.Alias, d.Also} {
			if o, taken := owner[name]; taken && name != "" && o != d.Key {
				errs = append(errs, fmt.Errorf("metric %s: the name %q is %s's already", d.Key, name, o))
				continue
			}
			owner[name] = d.Key
		}
	}
	return errors.Join(errs...)
}
