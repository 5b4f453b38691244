package result

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/dynbench/dynbench/harness/metric"
)

// withFailures are the percentiles of one latency over all requests that ended,
// in which a failed one counts as infinite, by their names ("p50"). They stand
// beside those over the successful ones and are never left out.
type withFailures map[string]orInfinite

// orInfinite is a number that JSON has as "inf" where it is infinite.
type orInfinite float64

func (v orInfinite) MarshalJSON() ([]byte, error) {
	if math.IsInf(float64(v), 1) {
		return []byte(`"inf"`), nil
	}
	return json.Marshal(float64(v))
}

func (v *orInfinite) UnmarshalJSON(b []byte) error {
	if string(b) == `"inf"` {
		*v = orInfinite(math.Inf(1))
		return nil
	}
	if err := json.Unmarshal(b, (*float64)(v)); err != nil {
		return fmt.Errorf("a number or \"inf\": %w", err)
	}
	return nil
}

// failuresAsInfinite are the latencies that users wait for; one that the
// successful requests do not have is absent. A level that was read
// from its files has no values to take percentiles of, but has those that it was
// written with.
func failuresAsInfinite(l *Level) map[string]withFailures {
	if l.withFailures != nil {
		return l.withFailures
	}
	out := map[string]withFailures{}
	for _, m := range []metric.Metric{metric.TTFT, metric.ITL, metric.RequestLatency} {
		key := m.Def().Key
		values, ok := l.Stats[key].QuantilesWith(0, l.Totals.Failed, metric.Points()...)
		if !ok && (l.Totals.Failed == 0 || l.Totals.OK > 0) {
			continue
		}
		all := withFailures{}
		for i, p := range metric.Points() {
			v := math.Inf(1) // none succeeded
			if ok {
				v = values[i]
			}
			all["p"+strconv.FormatFloat(p, 'g', -1, 64)] = orInfinite(v)
		}
		out[key] = all
	}
	return out
}
