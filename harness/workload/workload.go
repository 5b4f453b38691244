// Package workload says what is asked: requests, in sessions, from a source
// that is deterministic for a seed and a salt. It knows neither when a request
// is sent (package arrival, load) nor how (package client).
package workload

import (
	"context"
	"net/http"
	"time"

	"github.com/dynbench/dynbench/harness/tokens"
)

// Workload is what a level asks. It is opened once for each level, repeat and
// shard, and gives the same sessions for the same Scope.
type Workload interface {
	Open(ctx context.Context, s Scope) (Source, error)
}

// Scope is the place of one Source in a run.
type Scope struct {
	Level         string // the level's name, "c16"
	Repeat        int    // 0-based
	Seed          int64  // of the run; a source mixes Level and Repeat into it
	Salt          string // of the run: changes every prompt, stored in run.json
	Shard, Shards int    // this source's share of the sessions; Shards 0 is 1
	Tokenizer     tokens.Tokenizer
}

// Source gives sessions in their order; io.EOF ends it. A synthetic source
// never ends: the plan of the level does. Next is not safe for concurrent use.
type Source interface {
	Next(ctx context.Context) (Session, error)
}

// Session is a conversation; a single turn is a session of one. Next returns
// the following turn and the delay from the end of the previous one; io.EOF
// ends the session. prev is nil at the first turn.
type Session interface {
	Next(prev *Reply) (req *Request, delay time.Duration, err error)
}

// Message is one message of a chat.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// Request is one request as the workload wants it. Exactly one of Messages,
// Prompt, Tokens and Body says what is asked; a client endpoint that cannot
// send that form says so before the level starts.
type Request struct {
	ID          uint64        // unique within a level, in draw order; set by load
	At          time.Duration // when a trace wants it, from the run's start
	CancelAfter time.Duration // cancel this long after the send; 0: never
	Messages    []Message
	Prompt      string
	Tokens      []int32
	Body        []byte // whole body, sent verbatim

	InputTokens int // of the prompt as generated, without chat template; 0: unknown
	MaxTokens   int // output length that is wanted; 0: the server's default
	Priority    int
	Class       string // of requests that are reported apart; "" is the only one
	KeepReply   bool   // a later turn needs the reply's text
	Headers     http.Header
	Extra       map[string]any // merged over the body's top level
}

// Reply is what a session may know of the answer to its previous turn.
type Reply struct {
	OK     bool
	Text   string // only if Request.KeepReply
	Output int    // tokens
}

// Single is a session of one request.
func Single(r *Request) Session { return &single{r} }
