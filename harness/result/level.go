package result

import (
	"fmt"
	"strings"
	"time"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
)

// LevelSchema is the schema of status.json.
const LevelSchema = "bench.level/1"

// LevelState is the state of a level.
type LevelState string

// The states of a level.
const (
	LevelOK       LevelState = "ok"
	LevelDegraded LevelState = "degraded" // whole, but with errors or with an OSL off by more than 2 %
	LevelFailed   LevelState = "failed"   // too many errors, or none succeeded
	LevelSkipped  LevelState = "skipped"  // not tried, Reason says why
	LevelPartial  LevelState = "partial"  // started, not ended by its own rule
)

// Whole says that the level ran to its end and its figures may be compared.
func (s LevelState) Whole() bool { return s == LevelOK || s == LevelDegraded }

// Level is one level of load and what was found at it. The fields up to
// Observed stand in run.json; the others in the files of the level.
type Level struct {
	Name        string             `json:"name"`            // "c16", "r2000", "p0.5-c20"
	Concurrency int                `json:"level,omitempty"` // 0 where requests do not wait for each other
	Axes        map[string]float64 `json:"axes,omitempty"`
	Repeat      int                `json:"repeat,omitempty"` // 0-based
	Dir         string             `json:"dir"`              // relative to the run's folder, with slashes, or FlatDir
	State       LevelState         `json:"state"`
	Reason      string             `json:"reason,omitempty"`
	Requests    int                `json:"requests"` // measured requests that ended, cancelled ones included
	Errors      int                `json:"errors"`   // of them failed
	// EffectiveConcurrency is the sum of latencies over the window: Little's law.
	EffectiveConcurrency float64       `json:"effective_concurrency,omitempty"`
	Window               record.Window `json:"window"`
	Base                 time.Time     `json:"base,omitzero"` // wall clock where the stamps of this level are 0
	Started              time.Time     `json:"started,omitzero"`
	Ended                time.Time     `json:"ended,omitzero"`
	// ClientLimited says that this client, not the target, bounded the figures.
	ClientLimited bool     `json:"client_limited,omitempty"`
	LimitedBy     []string `json:"limited_by,omitempty"` // what says so
	Warnings      []string `json:"warnings,omitempty"`
	// Events are what was done to the target meanwhile, in order of time.
	Events []Event `json:"events,omitempty"`
	// Observed is what the target's own metrics said; nil where none are known.
	Observed *Observed `json:"observed,omitempty"`

	Stats    metric.Values  `json:"-"` // by metric key; absent key: no data
	Totals   metric.Totals  `json:"-"`
	Outcomes map[string]int `json:"-"` // measured requests by record.Outcome
	Defects  int            `json:"-"` // broken lines in otherwise whole streams
	Failures []ErrorGroup   `json:"-"` // most frequent first
	Detail   Detail         `json:"-"`

	withFailures map[string]withFailures // as the export has them, nil where none was read

	written     bool   // status.json and the export were read
	fingerprint string // of status.json
}

// Detail is what else the export of a level says about how it was made.
type Detail struct {
	Planned      int        `json:"requests_planned,omitempty"`
	UniquePrompt int        `json:"unique_prompts,omitempty"`
	RepeatShare  float64    `json:"repeat_share"` // of requests whose prompt was sent before
	OSLTarget    float64    `json:"osl_target,omitempty"`
	OSLDeviation float64    `json:"osl_deviation"` // (mean OSL - target) / target
	InputSource  string     `json:"input_token_source,omitempty"`
	TokenSource  string     `json:"token_source,omitempty"`
	StampSource  string     `json:"stamp_source,omitempty"`
	Client       ClientLoad `json:"client"`
}

// ClientLoad is how busy this client was: what it may have added to latencies.
type ClientLoad struct {
	CPUBusy     float64 `json:"cpu_busy"` // share of the processors it may use
	MaxSendLag  float64 `json:"max_send_lag_ms"`
	P99SendLag  float64 `json:"p99_send_lag_ms"`
	Coalesced   float64 `json:"coalesced_share"` // of content events
	FirstShared float64 `json:"first_shared_share"`
	WriterWaits int     `json:"writer_waits"`
	GCCount     int     `json:"gc_count"`        // garbage collections of this process
	GCPauseP99  float64 `json:"gc_pause_p99_ms"` // of the pauses in which they stopped it
	GCPauseMax  float64 `json:"gc_pause_max_ms"`
	Renewed     int     `json:"connections_renewed,omitempty"` // requests that had to open one
}

// ErrorGroup counts the failures of one kind. Code is the HTTP status, 0 where
// there was none; Type is an Outcome's name or the server's own error type.
type ErrorGroup struct {
	Code    int    `json:"code"`
	Type    string `json:"type"`
	Message string `json:"message"`
	Count   int    `json:"count"`
}

// maxTold bounds the message in a group's words, in bytes.
const maxTold = 300

// String is the group in words: "3 times Service Unavailable 503: no worker".
func (g ErrorGroup) String() string { return fmt.Sprintf("%d times %s", g.Count, g.Cause()) }

// Cause is what each of the group failed with.
func (g ErrorGroup) Cause() string {
	kind, message := g.Type, strings.Join(strings.Fields(g.Message), " ")
	if g.Code > 0 {
		kind = fmt.Sprintf("%s %d", g.Type, g.Code)
	}
	if len(message) > maxTold {
		message = strings.ToValidUTF8(message[:maxTold], "") + "..."
	}
	return kind + ": " + message
}

// Label names the level and, where it was repeated, the repeat: its folder,
// unless that is the run's own.
func (l *Level) Label() string {
	if l.Dir == FlatDir {
		return l.Name
	}
	return l.Dir
}

// Value returns the average of a metric, the only figure of a level metric.
func (l *Level) Value(key string) (float64, bool) {
	s, ok := l.Stats[key]
	return s.Avg, ok
}

// Quantile returns the p-th percentile (50, 99) of a metric.
func (l *Level) Quantile(key string, p float64) (metric.Quantile, bool) {
	s, ok := l.Stats[key]
	if !ok {
		return metric.Quantile{}, false
	}
	return s.Quantile(p)
}
