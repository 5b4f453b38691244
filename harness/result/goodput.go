package result

import (
	"fmt"
	"maps"
	"slices"
	"time"

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
		l, ok := limit(m, m.Def().Base(by[name]))
		if !ok || m.Def().Kind != metric.RequestKind {
			return nil, fmt.Errorf("goodput: %s has no value a request", m.Def().Key)
		}
		out = append(out, l)
	}
	return out, nil
}

func limit(m metric.Metric, base float64) (metric.Limit, bool) {
	switch m := m.(type) {
	case metric.Dist[time.Duration]:
		return metric.Within(m, time.Duration(base)), true
	case metric.Dist[metric.Tokens]:
		return metric.Within(m, metric.Tokens(base)), true
	case metric.Dist[metric.Ratio]:
		return metric.Within(m, metric.Ratio(base)), true
	case metric.Dist[metric.Percent]:
		return metric.Within(m, metric.Percent(base)), true
	case metric.Dist[metric.Count]:
		return metric.Within(m, metric.Count(base)), true
	case metric.Dist[metric.PerSecond]:
		return metric.Within(m, metric.PerSecond(base)), true
	}
	return metric.Limit{}, false
}
