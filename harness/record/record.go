// Package record holds what happened: one Record a request, the Window that a
// level was measured in, and the jsonl form that both are kept in. Every
// number in every report is recomputed from records.
package record

// Record is what happened to one request. Times are monotonic nanoseconds from
// the run's start, 0 where the thing did not happen (a run's first event is
// never at 0: the base is taken before the first connection is opened).
type Record struct {
	ID       uint64  `json:"id"` // unique within a level and shard, in the order drawn
	Session  uint64  `json:"session"`
	Turn     int     `json:"turn"`
	Level    int     `json:"level"` // index of the level in its run
	Repeat   int     `json:"repeat,omitempty"`
	Shard    int     `json:"shard,omitempty"`
	Endpoint int     `json:"endpoint,omitempty"` // index of the URL asked
	Class    string  `json:"class,omitempty"`
	Phase    Phase   `json:"phase"`
	Outcome  Outcome `json:"outcome"`

	Intended int64 `json:"intended"` // when the plan wanted it sent
	// HeldFor is for how long after Intended the plan's own cap on requests in
	// flight held it back, ns: no lag of the client.
	HeldFor     int64 `json:"held_for,omitempty"`
	Sent        int64 `json:"sent"`          // before the first byte was written
	Written     int64 `json:"written"`       // after the write of the last byte returned; the answer may have come before
	Headers     int64 `json:"headers"`       // response headers read
	FirstToken  int64 `json:"first_token"`   // first content: text, reasoning or tool text
	SecondToken int64 `json:"second_token"`  // second content event
	FirstOutput int64 `json:"first_output"`  // first content that is not reasoning
	Last        int64 `json:"last"`          // last content event
	End         int64 `json:"end"`           // end of the stream, or the failure
	Events      int   `json:"events"`        // content events
	Gaps        Gaps  `json:"gaps,omitzero"` // between content events
	Coalesced   int   `json:"coalesced"`     // content events that shared a read with an earlier one
	FirstShared bool  `json:"first_shared"`  // the first token's read held more than one event
	// TokenGaps are the times between tokens: a gap that ended with a content
	// event of m tokens is m of a m-th. Empty unless the server told with each
	// event how many tokens it had sent.
	TokenGaps   Gaps  `json:"token_gaps,omitzero"`
	FirstTokens int   `json:"first_tokens,omitempty"` // tokens in the first content event, where the server told
	Stamp       Stamp `json:"stamp"`                  // where arrival times were taken: Kernel if all were taken there
	// ReceiveDelay is from the kernel's stamp of the first token to the return of
	// the read that brought it, ns; ReceiveDelayMax the longest of all reads of
	// the answer. 0 where the kernel gave no stamp.
	ReceiveDelay    int64 `json:"receive_delay,omitempty"`
	ReceiveDelayMax int64 `json:"receive_delay_max,omitempty"`
	// Unstamped counts the reads of the answer whose kernel stamp was missing or
	// not to be believed, so that the time of their return had to do.
	Unstamped int   `json:"unstamped,omitempty"`
	Reused    bool  `json:"reused,omitempty"`  // the connection had served a request before
	Dialled   int64 `json:"dialled,omitempty"` // ns spent opening a connection inside the request

	Input     int `json:"input"`     // prompt tokens
	Output    int `json:"output"`    // completion tokens without reasoning
	Reasoning int `json:"reasoning"` // reasoning tokens
	Cached    int `json:"cached"`    // prompt tokens that the server took from its prefix cache
	// HasCached says that the server reported cached tokens, so that 0 means none.
	HasCached bool `json:"has_cached,omitempty"`
	// Generated is the number of prompt tokens as the workload made them, without
	// chat template; 0: unknown.
	Generated int `json:"generated,omitempty"`
	// Wanted is the output length asked for, 0 if none was.
	Wanted       int         `json:"wanted"`
	InputSource  TokenSource `json:"input_source"`
	OutputSource TokenSource `json:"output_source"`
	Defects      int         `json:"defects,omitempty"` // broken lines in an otherwise whole stream

	Prefill uint64 `json:"prefill_worker,omitempty"` // the workers that answered, where told
	Decode  uint64 `json:"decode_worker,omitempty"`

	// Said is the text of an answer whose tokens are still to be counted; no sink
	// sees it.
	Said *Said `json:"-"`

	RequestID string `json:"request_id,omitempty"` // the X-Request-ID sent
	Error     *Error `json:"error,omitempty"`
}

// OK says that the request succeeded: only such records enter latencies.
func (r *Record) OK() bool { return r.Outcome == OK }

// OSL is the output sequence length in tokens, reasoning included.
func (r *Record) OSL() int { return r.Output + r.Reasoning }

// Said is what an answer said, as the insides of the JSON strings that it came in,
// joined.
type Said struct{ Text, Tools, Reasoning []byte }

// Size is the number of bytes held; 0 of nil.
func (s *Said) Size() int {
	if s == nil {
		return 0
	}
	return len(s.Text) + len(s.Tools) + len(s.Reasoning)
}

// Error is why a request failed. Status is the HTTP status where there was one.
type Error struct {
	Status  int    `json:"status,omitempty"`
	Type    string `json:"type,omitempty"`
	Message string `json:"message"` // at most MaxMessage bytes
}

// MaxMessage bounds Error.Message: what a server wrote beyond it is cut.
const MaxMessage = 4096

func (e *Error) Error() string { return e.Message }

// Sink takes records in completion order. Put is never called concurrently.
// An error ends the level: what cannot be kept is not measured.
type Sink interface {
	Put(Record) error
}

// Window is the time that a level was measured in, in ns from the run's start.
type Window struct {
	Start int64 `json:"start"` // first measured send
	End   int64 `json:"end"`   // last measured end
	// SteadyStart and SteadyEnd bound the time in which all slots were busy:
	// from the moment all were, until fewer were in flight for the first time
	// because nothing was left to send. In an open loop: from the first measured
	// send, but not before any request had ended, to the last send. Equal when
	// there was no such time.
	SteadyStart int64 `json:"steady_start"`
	SteadyEnd   int64 `json:"steady_end"`
	Planned     int   `json:"planned"`                 // measured requests planned; 0: bounded by time alone
	Sent        int   `json:"sent"`                    // measured requests sent
	Warmup      int   `json:"warmup"`                  // warm-up requests sent
	MaxInFlight int   `json:"max_in_flight,omitempty"` // most requests in flight at once, warm-up included
	// Held counts what the cap on requests in flight held back in an open loop:
	// measured requests that were due and had to wait for it. NeverSent counts
	// those that were due too and still waited when the level's time was over.
	Held      int `json:"held,omitempty"`
	NeverSent int `json:"never_sent,omitempty"`
	// Complete is false when the level was cut short; Reason says by what.
	Complete bool   `json:"complete"`
	Reason   string `json:"reason,omitempty"`
	// WriterWaits counts sends that waited for the record writer.
	WriterWaits int `json:"writer_waits"`
}

// Seconds is the length of the phase window, the denominator of every rate.
func (w Window) Seconds() float64 { return float64(w.End-w.Start) / 1e9 }
