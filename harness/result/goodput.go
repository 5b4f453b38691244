package result

import (
	"fmt"
	"maps"
	"slices"

	"github.com/dynbench/dynbench/harness/metric"
)

// Limits makes the conditions of goodput from limits by metric key or short
// name, each in its metric's unit. A metric that is unknown, or that has no
// value a request, is an error.
func Limits(set metric.Set, by map[string]float64) ([]metric.Limit, error) {
	var out []metric.Limit
	for _, name := range slices.Sorted(maps.Keys(by)) {
		m, ok := set.Find(name)
		if !ok {
			return nil, fmt.Errorf("goodput: unknown metric %q", name)
		}
		l, ok := metric.WithinUnit(m, by[name])
		if !ok {
			return nil, fmt.Errorf("goodput: %s has no value a request", m.Def().Key)
		}
		out = append(out, l)
	}
	return out, nil
}
