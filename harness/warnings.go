package harness

import (
	"fmt"
	"strings"

	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/workload"
)

// surpriseReuse is the cached share beyond which a workload without reuse is
// warned about.
const surpriseReuse = 0.01

// reuses says that a workload repeats prompts, or their beginnings, by intent.
func reuses(w workload.Workload) bool {
	r, ok := w.(interface{ Reuses() bool })
	return ok && r.Reuses()
}

// levelWarnings says what a reader of the level's figures must know and the
// report does not derive from them.
func levelWarnings(l *result.Level, reuses bool) []string {
	var warnings []string
	if n := l.Window.Planned; n > 0 && n < l.Concurrency {
		warnings = append(warnings, fmt.Sprintf("%d requests for %d slots: no more than %d were ever in flight", n, l.Concurrency, n))
	}
	if hit, ok := l.Value(metric.CacheHitRatio.Def().Key); ok && hit > surpriseReuse && !reuses {
		warnings = append(warnings, fmt.Sprintf("%.1f %% of the prompt tokens came from a cache, but the workload repeats none", 100*hit))
	}
	if w := l.Window; w.Held > 0 || w.NeverSent > 0 {
		warnings = append(warnings, fmt.Sprintf("the cap on requests in flight held %d back, and %d were never sent", w.Held, w.NeverSent))
	}
	if by := countedBy(l.Totals.OutputBy[:]); len(by) > 1 {
		warnings = append(warnings, "output tokens counted in different ways ("+strings.Join(by, ", ")+"): the server did not report usage with every answer")
	}
	if l.Defects > 0 {
		warnings = append(warnings, fmt.Sprintf("%d broken lines in otherwise whole streams", l.Defects))
	}
	return warnings
}

// countedBy lists who counted the tokens of how many requests, by record.TokenSource.
func countedBy(requests []int) (by []string) {
	for i, n := range requests {
		if s := record.TokenSource(i); s != record.NoTokens && n > 0 {
			by = append(by, fmt.Sprintf("%s %d", s, n))
		}
	}
	return by
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
		w = append(w, "token counts are approximate: no tokenizer, and no counts from the server; each content event counts as one output token")
	}
	if m.target.GPUs == 0 {
		w = append(w, "number of GPUs unknown: no figure per GPU")
	}
	return append(w, m.unseen()...)
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
