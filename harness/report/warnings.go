package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dynbench/dynbench/harness/result"
)

// warnings are what a reader must know before trusting the figures of the run,
// the worst first: levels that this client bounded, what the run and its
// levels say of themselves, and what their figures show.
func warnings(r *result.Run) []string {
	all := []string{}
	for i := range r.Levels {
		if l := &r.Levels[i]; l.ClientLimited {
			by := strings.Join(l.LimitedBy, "; ")
			if by == "" {
				by = fmt.Sprintf("p99 of send lag %s ms, %.0f %% of its processors", number(l.Detail.Client.P99SendLag), 100*l.Detail.Client.CPUBusy)
			}
			addOnce(&all, fmt.Sprintf("%s: client_limited: this client bounds the figures, not the target: %s", levelName(l), by))
		}
	}
	if s := r.Target.Speedup; s != 0 && s != 1 {
		addOnce(&all, fmt.Sprintf("simulated engines ran at %g times true speed", s))
	}
	for _, w := range r.Warnings {
		addOnce(&all, w)
	}
	for i := range r.Levels {
		l := &r.Levels[i]
		for _, w := range slices.Concat(l.Warnings, shown(r, l)) {
			addOnce(&all, levelName(l)+": "+w)
		}
	}
	if cold := levelsWhere(r, func(l *result.Level) bool { return r.Schema != "" && l.Requests > 0 && l.Window.Warmup == 0 }); cold != "" {
		addOnce(&all, "no warm-up: the first requests count too: "+cold)
	}
	if few := levelsWhere(r, lowP99); few != "" {
		addOnce(&all, "p99 rests on fewer than 10 requests beyond it: "+few)
	}
	return all
}

// shown are the warnings that the figures of a level give.
func shown(r *result.Run, l *result.Level) []string {
	var all []string
	if l.State == result.LevelPartial {
		all = append(all, strings.TrimSuffix("partial: not ended by its own rule: "+l.Reason, ": "))
	}
	if share := l.Detail.RepeatShare; share > 0.05 && (r.Workload.Kind == "" || r.Workload.Kind == "synthetic") {
		all = append(all, fmt.Sprintf("%.0f %% of the requests repeat a prompt: a prefix cache makes the target look faster", 100*share))
	}
	c := float64(l.Concurrency)
	if e := l.EffectiveConcurrency; c > 0 && e > 0 && e < 0.9*c && l.Requests >= 2*l.Concurrency {
		all = append(all, fmt.Sprintf("only %s of %g requests were in flight on average", number(e), c))
	}
	if d := l.Detail.OSLDeviation; math.Abs(d) > 0.02 {
		all = append(all, fmt.Sprintf("output length is off the one asked for by %+.1f %%", 100*d))
	}
	return all
}

func lowP99(l *result.Level) bool {
	q, ok := l.Quantile(keyTTFT, 99)
	return ok && q.LowConfidence
}

func levelsWhere(r *result.Run, is func(*result.Level) bool) string {
	var names []string
	for i := range r.Levels {
		if is(&r.Levels[i]) {
			addOnce(&names, r.Levels[i].Name)
		}
	}
	return strings.Join(names, ", ")
}
