package harness

import (
	"fmt"

	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
)

// surpriseReuse is the cached share beyond which a workload without reuse is
// warned about.
const surpriseReuse = 0.01

// levelWarnings says what a reader of the level's figures must know and the
// report does not derive from them.
func levelWarnings(l *result.Level) []string {
	var warnings []string
	if n := l.Window.Planned; n > 0 && n < l.Concurrency {
		warnings = append(warnings, fmt.Sprintf("%d requests for %d slots: no more than %d were ever in flight", n, l.Concurrency, n))
	}
	if hit, ok := l.Value(metric.CacheHitRatio.Def().Key); ok && hit > surpriseReuse {
		warnings = append(warnings, fmt.Sprintf("%.1f %% of the prompt tokens came from a cache, but the workload repeats none", 100*hit))
	}
	if w := l.Window; w.Held > 0 || w.NeverSent > 0 {
		warnings = append(warnings, fmt.Sprintf("the cap on requests in flight held %d back, and %d were never sent", w.Held, w.NeverSent))
	}
	if l.Defects > 0 {
		warnings = append(warnings, fmt.Sprintf("%d broken lines in otherwise whole streams", l.Defects))
	}
	return warnings
}

// clockWarning is for a wall clock that was set so often during a level.
func clockWarning(steps int) []string {
	if steps <= 0 {
		return nil
	}
	return []string{fmt.Sprintf("the wall clock of this machine was set %d times: arrivals that the kernel stamped meanwhile may be off by the step", steps)}
}

// warnings are the run's own.
func (m *measurement) warnings() []string {
	var w []string
	w = append(w, m.probe.Notes...)
	if m.run.Tokenizer == "approx" && m.run.TokenSource != record.Usage.String() {
		w = append(w, "token counts are approximate: no tokenizer, and no counts from the server")
	}
	if m.target.GPUs == 0 {
		w = append(w, "number of GPUs unknown: no figure per GPU")
	}
	return w
}

// sources say who counted and who stamped, over all levels.
func sources(levels []result.Level) (token, stamp string) {
	for _, l := range levels {
		token, stamp = merge(token, l.Detail.TokenSource), merge(stamp, l.Detail.StampSource)
	}
	return token, stamp
}

func merge(a, b string) string {
	switch {
	case a == "" || a == b:
		return b
	case b == "":
		return a
	}
	return "mixed"
}

// requests is the number of requests that a plan sends, warm-up included, as far
// as counts bound it.
func requests(p load.Plan) int { return max(p.Warmup.Requests, 0) + max(p.Measure.Requests, 0) }
