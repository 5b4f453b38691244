package client

import (
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/tokens"
	"github.com/dynbench/dynbench/internal/hub"
	"github.com/dynbench/dynbench/internal/stamp"
)

// Errors that callers decide by.
var (
	ErrURL      = errors.New("endpoint URL not accepted")
	ErrNotReady = errors.New("target not ready")
	ErrRefused  = errors.New("request refused")       // a 4xx: asking again changes nothing
	ErrForm     = errors.New("form of request unfit") // the endpoint cannot send this form of prompt
)

// Endpoint is the API that is asked.
type Endpoint uint8

// The endpoints.
const (
	Chat        Endpoint = iota // /v1/chat/completions
	Completions                 // /v1/completions
)

// Path is where the endpoint answers, below the base URL.
func (e Endpoint) Path() string {
	if e == Completions {
		return "/v1/completions"
	}
	return "/v1/chat/completions"
}

func (e Endpoint) String() string {
	if e == Completions {
		return "completions"
	}
	return "chat"
}

// ParseEndpoint reads the name of an endpoint, "chat" or "completions".
func ParseEndpoint(name string) (Endpoint, error) {
	switch strings.ToLower(name) {
	case "chat":
		return Chat, nil
	case "completions":
		return Completions, nil
	}
	return Chat, fmt.Errorf("unknown endpoint %q: chat or completions", name)
}

// Limits of a request, unless Config says otherwise.
const (
	DefaultTimeout = 600 * time.Second // from the send to the end of the stream
	DefaultConnect = 10 * time.Second  // of one connection, TLS handshake included
)

// Config is what all requests of a client share.
type Config struct {
	URL      string // base as ParseURL gives it: scheme, host, port, perhaps a path
	Model    string
	Endpoint Endpoint
	Headers  http.Header   // sent with every request
	APIKey   string        // sent as a bearer token; never in a record
	Timeout  time.Duration // 0: DefaultTimeout
	Connect  time.Duration // 0: DefaultConnect

	// FirstToken bounds the time from the send to the first content,
	// BetweenTokens that from content to content until the answer says that it
	// has finished. 0: Timeout alone ends a request.
	FirstToken, BetweenTokens time.Duration

	Extra   map[string]any // merged over the body of every request
	Dialect Dialect
	Clock   record.Clock // zero: a clock of the client's own
	Version string       // of this tool, for the User-Agent
	TLS     *tls.Config  // nil: the system's roots
	RawGaps bool         // keep the gaps of each request in order too

	// Tokenizer counts the output of answers that come without usage; their text
	// is kept for that, until Count. nil: content events are counted.
	Tokenizer tokens.Tokenizer

	// AIPerfCounting judges answers as AIPerf does: an error object in the stream
	// is passed over, and a stream that ends cleanly without finish_reason or
	// [DONE] is whole; both are ok if they had content. Error events, broken
	// connections and empty answers fail as ever.
	AIPerfCounting bool
}

// Client asks one endpoint. It is safe for concurrent use.
type Client struct {
	cfg       Config
	base      *url.URL
	addr      string // host:port to dial
	head      []byte // request line and headers that never change
	wall      *stamp.Wall
	hub       *hub.Hub
	tag       uint64 // tells the request ids of two clients apart
	probeWait time.Duration
	// closes is set by Probe when the server ends each connection after its
	// answer: each request gets a new one then, opened before its send. A request
	// on the old one could meet its end half-way.
	closes *atomic.Bool
}

// New checks cfg and makes a client. No connection is opened.
func New(cfg Config) (*Client, error) {
	clean, _, err := ParseURL(cfg.URL, false)
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(clean)
	if err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrURL, cfg.URL, err)
	}
	if cfg.Model == "" {
		return nil, errors.New("client: no model named")
	}
	if min(cfg.Timeout, cfg.Connect, cfg.FirstToken, cfg.BetweenTokens) < 0 {
		return nil, fmt.Errorf("client: negative time limit (timeout %s, connect %s, first token %s, between tokens %s)",
			cfg.Timeout, cfg.Connect, cfg.FirstToken, cfg.BetweenTokens)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.Connect == 0 {
		cfg.Connect = DefaultConnect
	}
	if cfg.Clock.Base().IsZero() {
		cfg.Clock = record.NewClock()
	}
	c := &Client{cfg: cfg, base: base, addr: dialAddr(base), tag: rand.Uint64(), probeWait: 250 * time.Millisecond, closes: new(atomic.Bool)}
	c.wall, c.hub = stamp.NewWall(cfg.Clock.Base()), hub.New()
	if c.head, err = c.render(nil); err != nil {
		return nil, err
	}
	return c, nil
}

// WithDialect is the same client sending the fields of d.
func (c *Client) WithDialect(d Dialect) *Client {
	out := *c
	out.cfg.Dialect = d
	return &out
}

// WithTokenizer is the same client counting by t; nil: it keeps no text, which is
// for a server that reports usage.
func (c *Client) WithTokenizer(t tokens.Tokenizer) *Client {
	out := *c
	out.cfg.Tokenizer = t
	return &out
}

// Dialect returns the fields that the client sends.
func (c *Client) Dialect() Dialect { return c.cfg.Dialect }

// Clock returns the clock that stamps are taken from.
func (c *Client) Clock() record.Clock { return c.cfg.Clock }

// ClockSteps is how often the wall clock was seen to be set since New. Arrivals
// that the kernel stamped around such a moment may be wrong by the step.
func (c *Client) ClockSteps() int { return c.wall.Steps() }

// URL is the full URL that requests go to.
func (c *Client) URL() string { return c.join(c.cfg.Endpoint.Path()) }

func (c *Client) join(path string) string {
	return strings.TrimSuffix(c.base.String(), "/") + path
}

func dialAddr(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "80"
		if u.Scheme == "https" {
			port = "443"
		}
	}
	return net.JoinHostPort(u.Hostname(), port)
}
