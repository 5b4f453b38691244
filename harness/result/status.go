package result

import (
	"time"

	"github.com/dynbench/dynbench/harness/record"
)

// LevelStatus is status.json: whether the level is whole, and of which run.
type LevelStatus struct {
	Schema      string         `json:"schema"`
	Name        string         `json:"name"`
	RunID       string         `json:"run_id"`
	Fingerprint string         `json:"fingerprint"`
	State       LevelState     `json:"state"`
	Reason      string         `json:"reason,omitempty"`
	Partial     bool           `json:"partial"`
	Requests    int            `json:"requests"`
	Errors      int            `json:"errors"`
	Outcomes    map[string]int `json:"outcomes"`
	Defects     int            `json:"defects"`
	Window      record.Window  `json:"window"`
	Base        time.Time      `json:"base,omitzero"`
	Started     time.Time      `json:"started,omitzero"`
	Ended       time.Time      `json:"ended,omitzero"`
}

func statusOf(run *Run, l *Level) LevelStatus {
	return LevelStatus{
		Schema: LevelSchema, Name: l.Name, RunID: run.RunID, Fingerprint: run.Fingerprint,
		State: l.State, Reason: RedactText(l.Reason), Partial: l.State == LevelPartial,
		Requests: l.Requests, Errors: l.Errors, Outcomes: allOutcomes(l.Outcomes), Defects: l.Defects,
		Window: l.Window, Base: l.Base, Started: l.Started, Ended: l.Ended,
	}
}

// allOutcomes names every kind, so that a zero is said and not guessed.
func allOutcomes(have map[string]int) map[string]int {
	all := make(map[string]int, len(record.Outcomes()))
	for _, o := range record.Outcomes() {
		all[o.String()] = have[o.String()]
	}
	return all
}
