package result

import (
	"time"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
)

// ownExport is the key "dynbench" of an export: what AIPerf's shape has no
// place for. With AIPerf's keys beside it, it holds all of a Level.
type ownExport struct {
	RunID         string             `json:"run_id"`
	Fingerprint   string             `json:"fingerprint"`
	Name          string             `json:"name"`
	Axes          map[string]float64 `json:"axes,omitempty"`
	State         LevelState         `json:"state"`
	Partial       bool               `json:"partial"`
	Level         levelBlock         `json:"level"`
	Window        record.Window      `json:"window"`
	Base          time.Time          `json:"base,omitzero"`
	Outcomes      map[string]int     `json:"outcomes"`
	Totals        metric.Totals      `json:"totals"`
	Defects       int                `json:"defects"`
	ClientLimited bool               `json:"client_limited"`
	LowConfidence []string           `json:"low_confidence"` // "time_to_first_token.p99"
	Figures       map[string]figure  `json:"figures"`        // by metric key
	// WithFailures are the percentiles of TTFT, ITL and request latency in which
	// failures are infinite, by metric key.
	WithFailures map[string]withFailures `json:"with_failures"`
	Warnings     []string                `json:"warnings"`
}

// levelBlock is what a reader wants to know of a level at a glance.
type levelBlock struct {
	Concurrency          int     `json:"concurrency,omitempty"`
	RequestsSent         int     `json:"requests_sent"`
	Warmup               int     `json:"warmup"`
	EffectiveConcurrency float64 `json:"effective_concurrency"`
	Detail
}

// figure is how the figures of one metric came about, and how sure they are.
type figure struct {
	Method      string            `json:"method"`
	Count       int               `json:"count"`
	Effective   float64           `json:"effective,omitempty"`
	TokenSource string            `json:"token_source,omitempty"`
	Quantiles   []metric.Quantile `json:"quantiles,omitempty"` // with their 95 % intervals; null: unbounded
	Warnings    []string          `json:"warnings,omitempty"`
}

func ownBlock(run *Run, l *Level) ownExport {
	figures := make(map[string]figure, len(l.Stats))
	for key, s := range l.Stats {
		figures[key] = figure{s.Method, s.Count, s.Effective, s.TokenSource, finiteQuantiles(s.P), s.Warnings}
	}
	return ownExport{
		RunID: run.RunID, Fingerprint: run.Fingerprint, Name: l.Name, Axes: l.Axes,
		State: l.State, Partial: l.State == LevelPartial,
		Level: levelBlock{
			Concurrency: l.Concurrency, RequestsSent: l.Window.Sent, Warmup: l.Window.Warmup,
			EffectiveConcurrency: l.EffectiveConcurrency, Detail: l.Detail,
		},
		Window: l.Window, Base: l.Base, Outcomes: allOutcomes(l.Outcomes), Totals: l.Totals, Defects: l.Defects,
		ClientLimited: l.ClientLimited, LowConfidence: lowConfidence(l.Stats), Figures: figures,
		WithFailures: failuresAsInfinite(l),
		Warnings:     append([]string{}, redactAll(l.Warnings)...),
	}
}

// finiteQuantiles leaves out what JSON cannot hold: a percentile at infinity.
func finiteQuantiles(all []metric.Quantile) []metric.Quantile {
	var out []metric.Quantile
	for _, q := range all {
		if finite(q.Value) != nil {
			out = append(out, q)
		}
	}
	return out
}

// restore puts the block's part of a level back.
func (e *ownExport) restore(l *Level) {
	l.withFailures = e.WithFailures
	l.Outcomes, l.Totals, l.Defects, l.Detail = e.Outcomes, e.Totals, e.Defects, e.Level.Detail
	for key, f := range e.Figures {
		s, ok := l.Stats[key]
		if !ok {
			continue
		}
		s.Method, s.Count, s.Effective, s.TokenSource, s.Warnings = f.Method, f.Count, f.Effective, f.TokenSource, f.Warnings
		if len(f.Quantiles) > 0 {
			s.P = f.Quantiles
		}
		l.Stats[key] = s
	}
}
