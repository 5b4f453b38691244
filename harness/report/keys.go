package report

import (
	"github.com/dynbench/dynbench/harness/result"
)

// The metrics that plots and summaries show, by key.
const (
	keyTTFT        = "time_to_first_token"
	keyITL         = "inter_token_latency"
	keyLatency     = "request_latency"
	keyRequestRate = "request_throughput"
	keyOutputRate  = "output_token_throughput"
	keyUserRate    = "output_token_throughput_per_user"
	keyErrorRate   = "error_rate"
	keyOSL         = "output_sequence_length"
)

// Value reads one number of a level, in the unit of the axis that shows it;
// false where the level has none.
type Value func(r *result.Run, l *result.Level) (float64, bool)

// avgOf is the average of a request metric and the value of a level metric.
func avgOf(key string) Value {
	return func(_ *result.Run, l *result.Level) (float64, bool) { return l.Value(key) }
}

func quantileOf(key string, p float64) Value {
	return func(_ *result.Run, l *result.Level) (float64, bool) {
		q, ok := l.Quantile(key, p)
		return q.Value, ok
	}
}

// errorPercent is failed over sent requests in percent. It falls back to the
// counts of the level, which trees without that metric have.
func errorPercent(_ *result.Run, l *result.Level) (float64, bool) {
	if v, ok := l.Value(keyErrorRate); ok {
		return 100 * v, true
	}
	if l.Requests == 0 {
		return 0, false
	}
	return 100 * float64(l.Errors) / float64(l.Requests), true
}
