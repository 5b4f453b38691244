package record

import "fmt"

// Phase is the part of a level that a request belongs to.
type Phase uint8

// The phases. Only Measured requests enter results.
const (
	Measured Phase = iota
	Warmup
)

// Outcome is how a request ended.
type Outcome uint8

// The outcomes. All but OK and Cancelled are errors.
const (
	OK          Outcome = iota
	HTTPError           // status outside 2xx
	StreamError         // an error object in the stream, or an error event
	Truncated           // the stream ended without finish_reason, [DONE] or the protocol's own end
	Empty               // ended properly without content
	Timeout             // one of the client's limits passed
	Connect             // no connection, or lost before the status line
	Cancelled           // by plan or by us
	Client              // our fault: a request that could not be made
	outcomes
)

// Outcomes lists all outcomes in their order.
func Outcomes() []Outcome {
	all := make([]Outcome, outcomes)
	for i := range all {
		all[i] = Outcome(i)
	}
	return all
}

// Failed says that the outcome counts as an error.
func (o Outcome) Failed() bool { return o != OK && o != Cancelled }

// TokenSource says who counted tokens.
type TokenSource uint8

// The token sources, the best first.
const (
	NoTokens  TokenSource = iota // not counted
	Usage                        // the server's usage object
	Tokenizer                    // this client's tokenizer
	Chunks                       // one token a content event
)

// Stamp says where arrival times were taken.
type Stamp uint8

// The stamp sources.
const (
	User   Stamp = iota // by this process, after the read returned
	Kernel              // by the kernel, as the bytes arrived
)

var (
	phaseNames   = []string{"profiling", "warmup"} // AIPerf's words
	outcomeNames = []string{"ok", "http_error", "stream_error", "truncated", "empty", "timeout", "connect", "cancelled", "client"}
	sourceNames  = []string{"none", "usage", "tokenizer", "chunks"}
	stampNames   = []string{"user", "kernel"}
)

func (p Phase) String() string       { return name(phaseNames, int(p)) }
func (o Outcome) String() string     { return name(outcomeNames, int(o)) }
func (s TokenSource) String() string { return name(sourceNames, int(s)) }
func (s Stamp) String() string       { return name(stampNames, int(s)) }

// MarshalText and UnmarshalText give and take the names in files.

func (p Phase) MarshalText() ([]byte, error)       { return []byte(p.String()), nil }
func (o Outcome) MarshalText() ([]byte, error)     { return []byte(o.String()), nil }
func (s TokenSource) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
func (s Stamp) MarshalText() ([]byte, error)       { return []byte(s.String()), nil }

func (p *Phase) UnmarshalText(b []byte) error       { return parse(p, phaseNames, "phase", b) }
func (o *Outcome) UnmarshalText(b []byte) error     { return parse(o, outcomeNames, "outcome", b) }
func (s *TokenSource) UnmarshalText(b []byte) error { return parse(s, sourceNames, "token source", b) }
func (s *Stamp) UnmarshalText(b []byte) error       { return parse(s, stampNames, "stamp", b) }

func name(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("unknown(%d)", i)
}

func parse[T ~uint8](dst *T, names []string, what string, b []byte) error {
	for i, n := range names {
		if n == string(b) {
			*dst = T(i)
			return nil
		}
	}
	return fmt.Errorf("unknown %s %q: one of %v", what, b, names)
}
