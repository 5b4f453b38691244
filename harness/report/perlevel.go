package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/dynbench/dynbench/harness/result"
)

// perLevel is the value of each level that has it, in the order of the levels;
// the median where a level has repeats.
func perLevel(r *result.Run, v Value) []At {
	names := []string{}
	values := map[string][]float64{}
	for i := range r.Levels {
		l := &r.Levels[i]
		if x, ok := v(r, l); ok && !math.IsNaN(x) && !math.IsInf(x, 0) {
			addOnce(&names, l.Name)
			values[l.Name] = append(values[l.Name], x)
		}
	}
	out := make([]At, len(names))
	for i, n := range names {
		slices.Sort(values[n])
		out[i] = At{quantile(values[n], 0.5), n}
	}
	return out
}

// best is the highest request throughput of the levels that ran to their end,
// or of all where none did; nil without data.
func best(r *result.Run) *At {
	rate := avgOf(keyRequestRate)
	whole := func(r *result.Run, l *result.Level) (float64, bool) {
		x, ok := rate(r, l)
		return x, ok && l.State.Whole()
	}
	all := perLevel(r, whole)
	if len(all) == 0 {
		all = perLevel(r, rate)
	}
	var top *At
	for i := range all {
		if top == nil || all[i].Value > top.Value {
			top = &all[i]
		}
	}
	return top
}

const keySteadyRate = "steady_request_throughput"

// steady is the request throughput of the steady window, where it differs from
// that of the whole level by more than 2 %.
func steady(r *result.Run) []At {
	return perLevel(r, func(_ *result.Run, l *result.Level) (float64, bool) {
		s, ok := l.Value(keySteadyRate)
		all, known := l.Value(keyRequestRate)
		return s, ok && known && math.Abs(s-all) > 0.02*all
	})
}

// missing are the levels that were planned and not tried: skipped, or without
// a trace in the results.
func missing(r *result.Run) []string {
	names := []string{}
	tried := map[float64]bool{}
	key := concurrency
	prefix := "c"
	if r.Load.Kind == "rate" {
		key, prefix = "rate", "r"
	}
	for i := range r.Levels {
		l := &r.Levels[i]
		at := coordinates(l)
		v, ok := at[key]
		if !ok {
			v = at["request_rate"] // as it is called since
		}
		tried[v] = true
		if l.State == result.LevelSkipped {
			addOnce(&names, l.Name)
		}
	}
	if r.Load.Kind != concurrency && r.Load.Kind != "rate" {
		return names
	}
	for _, v := range r.Load.Levels {
		if !tried[v] {
			addOnce(&names, fmt.Sprintf("%s%g", prefix, v))
		}
	}
	return names
}
