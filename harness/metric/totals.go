package metric

import (
	"math"

	"github.com/dynbench/dynbench/harness/record"
)

// Totals are the sums over the measured records of a level that formulas of
// levels are made of. Token sums are of successful requests.
type Totals struct {
	OK        int `json:"ok"`
	Failed    int `json:"failed"`
	Cancelled int `json:"cancelled"` // neither ok nor failed
	// ByOutcome counts by record.Outcome, the cancelled ones included.
	ByOutcome [record.Client + 1]int `json:"by_outcome"`

	Input       int64 `json:"input"`        // sum of ISL
	Output      int64 `json:"output"`       // sum of OSL, reasoning included
	Reasoning   int64 `json:"reasoning"`    // the part of Output that is reasoning
	Cached      int64 `json:"cached"`       // prompt tokens from the server's prefix cache
	CachedInput int64 `json:"cached_input"` // sum of ISL of the requests that Cached is known for
	CachedKnown int   `json:"cached_known"` // their number
	// Wanted is the sum of the output lengths asked for, WantedGot what came
	// for it, WantedKnown the number of requests that asked.
	Wanted      int64 `json:"wanted"`
	WantedGot   int64 `json:"wanted_got"`
	WantedKnown int   `json:"wanted_known"`
	Mismatched  int   `json:"mismatched"` // OSL off by more than min(5 %, 50 tokens)
	// Generated is the sum of the prompt tokens as generated, GeneratedGot what
	// the server counted for them, over the requests that both are known of.
	Generated    int64 `json:"generated"`
	GeneratedGot int64 `json:"generated_got"`
	// ITLUndefined counts those of two or more tokens that came all at once.
	ITLUndefined int `json:"itl_undefined"`
	// Unstamped counts the reads that had to do without the kernel's stamp where
	// it gives them.
	Unstamped int `json:"unstamped"`

	// InputBy and OutputBy count requests by record.TokenSource.
	InputBy  [record.Chunks + 1]int `json:"input_by"`
	OutputBy [record.Chunks + 1]int `json:"output_by"`

	// InFlight is the sum of End - Sent in ns over all measured requests,
	// failed and cancelled ones too: each was in flight.
	InFlight  int64 `json:"in_flight"`
	FirstSent int64 `json:"first_sent"` // first send of a successful request
	LastToken int64 `json:"last_token"` // last content of a successful request

	Judged bool `json:"judged"` // there are limits for goodput
	Good   int  `json:"good"`   // successful requests within all limits

	// The steady window's share, known once the window is: set by Stats.
	SteadyRequests float64 `json:"steady_requests"`
	SteadyOutput   float64 `json:"steady_output"`
}

// Ended is the number of requests that ended, ok or failed.
func (t *Totals) Ended() int { return t.OK + t.Failed }

// Facts are what a level is besides its records.
type Facts struct {
	Window      record.Window
	Concurrency int // 0: open loop
	GPUs        int // 0: unknown
}

// add counts one measured record.
func (t *Totals) add(r *record.Record) {
	if int(r.Outcome) < len(t.ByOutcome) {
		t.ByOutcome[r.Outcome]++
	}
	if r.Sent > 0 && r.End > r.Sent {
		t.InFlight += r.End - r.Sent
	}
	switch {
	case r.Outcome == record.Cancelled:
		t.Cancelled++
	case r.Outcome.Failed():
		t.Failed++
	default:
		t.OK++
		t.addSuccess(r)
	}
}

func (t *Totals) addSuccess(r *record.Record) {
	if t.OK == 1 || r.Sent < t.FirstSent {
		t.FirstSent = r.Sent
	}
	t.LastToken = max(t.LastToken, r.Last)
	t.Input += int64(r.Input)
	t.Output += int64(r.OSL())
	t.Reasoning += int64(r.Reasoning)
	if int(r.InputSource) < len(t.InputBy) {
		t.InputBy[r.InputSource]++
	}
	if int(r.OutputSource) < len(t.OutputBy) {
		t.OutputBy[r.OutputSource]++
	}
	if r.HasCached {
		t.Cached += int64(r.Cached)
		t.CachedInput += int64(r.Input)
		t.CachedKnown++
	}
	if r.Generated > 0 && r.InputSource == record.Usage {
		t.Generated += int64(r.Generated)
		t.GeneratedGot += int64(r.Input)
	}
	t.Unstamped += r.Unstamped
	if _, ok := itl(r); !ok && r.OSL() >= 2 {
		t.ITLUndefined++
	}
	if r.Wanted > 0 && r.OutputSource != record.NoTokens {
		t.Wanted += int64(r.Wanted)
		t.WantedGot += int64(r.OSL())
		t.WantedKnown++
		if off(r.OSL(), r.Wanted) {
			t.Mismatched++
		}
	}
}

// off is AIPerf's rule for an output length that missed the one asked for: by
// more than min(5 % of it, 50 tokens).
func off(got, want int) bool {
	return math.Abs(float64(got-want)) > min(0.05*float64(want), 50)
}

func (t *Totals) merge(o *Totals) {
	if t.OK == 0 || o.OK > 0 && o.FirstSent < t.FirstSent {
		t.FirstSent = o.FirstSent
	}
	t.LastToken = max(t.LastToken, o.LastToken)
	t.OK += o.OK
	t.Failed += o.Failed
	t.Cancelled += o.Cancelled
	for i, n := range o.ByOutcome {
		t.ByOutcome[i] += n
	}
	for i := range o.InputBy {
		t.InputBy[i] += o.InputBy[i]
		t.OutputBy[i] += o.OutputBy[i]
	}
	t.Input += o.Input
	t.Output += o.Output
	t.Reasoning += o.Reasoning
	t.Cached += o.Cached
	t.CachedInput += o.CachedInput
	t.CachedKnown += o.CachedKnown
	t.Wanted += o.Wanted
	t.WantedGot += o.WantedGot
	t.WantedKnown += o.WantedKnown
	t.Mismatched += o.Mismatched
	t.Generated += o.Generated
	t.GeneratedGot += o.GeneratedGot
	t.ITLUndefined += o.ITLUndefined
	t.Unstamped += o.Unstamped
	t.InFlight += o.InFlight
	t.Judged = t.Judged || o.Judged
	t.Good += o.Good
}
