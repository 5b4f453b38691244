package client

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/internal/stamp"
)

// link is a connection ready for requests. One exchange on it is begin, arm,
// Write, await; arm, Write and await are called by one goroutine at a time.
type link interface {
	// begin forgets the stamps of the exchange before.
	begin()
	// arm sets the limits of the request that is about to be written, and lets a
	// take what comes.
	arm(a *answer, cfg *Config, whole time.Duration) error
	Write(b []byte) (int, error)
	// await returns when the answer is whole, or with the reason why it never will
	// be.
	await() error
	// disarm ends the limits and gives what may still come the time d.
	disarm(d time.Duration)
	// abandon ends writing and await, from any goroutine.
	abandon()
	// alive tells whether an idle link can take a request: the peer has not closed
	// it, and nothing that nobody asked for has come.
	alive() bool
	Close() error
	// passed is what passed in the latest exchange; it changes until await returns.
	passed() *passage
}

// passage is when the bytes of an exchange passed.
type passage struct {
	clock   record.Clock
	wall    *stamp.Wall
	stamps  bool  // the kernel gives them
	sent    int64 // before the first write since begin
	written int64 // after the last write
	last    arrival
	limits  limits
	served  int       // answers before this one
	idle    time.Time // since when
}

// arrival is when the bytes of a read came.
type arrival struct {
	at     int64 // by the kernel's stamp of the newest byte, else after the read's return
	delay  int64 // from the kernel's stamp to the read's return
	read   int   // the how manieth read of the connection that gave bytes
	kernel bool
}

func (p *passage) passed() *passage { return p }

func (p *passage) begin() { p.sent, p.written, p.last = 0, 0, arrival{read: p.last.read} }

// arrive stamps a read that has just returned; at is the kernel's stamp, or 0.
// One from before the send or from after now is not to be believed. Of segments
// that overtook each other the newest byte may not be the last to come.
func (p *passage) arrive(at int64) {
	now := time.Now()
	user := p.clock.At(now)
	a := arrival{at: user, read: p.last.read + 1}
	if at > 0 && p.stamps {
		since, ok := p.wall.Since(at, now)
		if at := int64(since); ok && at >= p.sent && at <= user+int64(stamp.Step) {
			a.at, a.kernel = min(max(at, p.last.at), user), true
			a.delay = user - a.at
		}
	}
	p.last = a
}

// dial opens a connection, TLS handshake included.
func (c *Client) dial(ctx context.Context) (link, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Connect)
	defer cancel()
	var d net.Dialer
	raw, err := d.DialContext(ctx, "tcp", c.addr)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", c.addr, err)
	}
	p := passage{clock: c.cfg.Clock, wall: c.wall, idle: time.Now()}
	if c.base.Scheme == "https" {
		return c.secure(ctx, raw, p)
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		if l := c.adopt(tcp, p); l != nil {
			return l, nil
		}
	}
	w := newWire(raw, p)
	return &conn{wire: w, over: w}, nil
}
