package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/dynbench/dynbench/internal/stamp"
)

// bufSize is the size of the buffer that a connection is read into. A burst
// larger than it takes more than one read.
const bufSize = 8 << 10

// wire is one TCP connection that stamps what passes. It lies below TLS, where
// one record may take several reads: what the last of them completed arrived
// with it.
type wire struct {
	passage
	net.Conn
	kernel *stamp.Reader // nil: the system gives no stamps
	gone   atomic.Bool   // whoever waits for the answer has gone
}

func newWire(raw net.Conn, p passage) *wire {
	w := &wire{Conn: raw, passage: p}
	if tcp, ok := raw.(*net.TCPConn); ok {
		w.kernel, _ = stamp.NewReader(tcp) // without it user time has to do, and records say so
	}
	w.stamps = w.kernel != nil
	return w
}

func (w *wire) Read(b []byte) (int, error) {
	for {
		n, at, err := w.receive(b)
		if n > 0 {
			w.arrive(at)
		}
		if err == nil || !w.goOn(err) {
			return n, err
		}
	}
}

func (w *wire) receive(b []byte) (n int, at int64, err error) {
	if w.kernel != nil {
		return w.kernel.Receive(b)
	}
	n, err = w.Conn.Read(b)
	return n, 0, err
}

func (w *wire) Write(b []byte) (int, error) {
	if w.sent == 0 {
		w.sent = w.clock.Now()
	}
	n, err := w.Conn.Write(b)
	w.written = w.clock.Now()
	return n, err
}

// goOn tells whether a read that ended with err reached no limit yet; then the
// deadline has been moved on.
func (w *wire) goOn(err error) bool {
	if w.limits.t == nil || !timedOut(err) || w.gone.Load() {
		return false
	}
	now := w.clock.Now()
	if at, _ := w.limits.due(); now >= at {
		return false
	}
	err = w.SetReadDeadline(moment(w.clock, w.limits.look(now)))
	return err == nil && !w.gone.Load() // it may have been set between: a past deadline with it
}

// conn is a link that reads by itself, on the goroutine that waits for the
// answer: TLS, and systems without epoll.
type conn struct {
	*wire
	over   net.Conn // the wire, or TLS over it
	answer *answer
	buf    []byte
}

// secure makes a link with TLS over raw.
func (c *Client) secure(ctx context.Context, raw net.Conn, p passage) (link, error) {
	w := newWire(raw, p)
	conf := c.cfg.TLS.Clone()
	if conf == nil {
		conf = &tls.Config{}
	}
	if conf.ServerName == "" {
		conf.ServerName = c.base.Hostname()
	}
	conf.NextProtos = []string{"http/1.1"}
	t := tls.Client(w, conf)
	if err := t.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, fmt.Errorf("tls handshake with %s: %w", c.addr, err)
	}
	return &conn{wire: w, over: t}, nil
}

func (c *conn) Write(b []byte) (int, error) { return c.over.Write(b) }
func (c *conn) Close() error                { return c.over.Close() }

func (c *conn) arm(a *answer, cfg *Config, whole time.Duration) error {
	c.answer = a
	now := c.clock.Now()
	c.limits = newLimits(a.t, cfg, now, whole)
	at, _ := c.limits.due()
	if err := c.SetWriteDeadline(moment(c.clock, at)); err != nil {
		return err
	}
	return c.SetReadDeadline(moment(c.clock, c.limits.look(now)))
}

// await reads. What one read gave has one stamp; where an event took two, it has
// that of the second: never early.
func (c *conn) await() error {
	if c.buf == nil {
		c.buf = make([]byte, bufSize)
	}
	a := c.answer
	for lingering := false; ; {
		n, err := c.over.Read(c.buf)
		if n > 0 {
			if whole, err := a.feed(c.buf[:n], c.last); whole || err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return a.closed(c.last)
		case err != nil:
			return err
		case a.over() && !lingering:
			lingering = true
			c.disarm(linger)
		}
	}
}

func (c *conn) disarm(d time.Duration) {
	c.limits.t = nil
	_ = c.SetReadDeadline(time.Now().Add(d))
}

func (c *conn) abandon() {
	c.gone.Store(true)
	_ = c.SetDeadline(time.Unix(1, 0))
}

func (c *conn) secured() bool {
	_, ok := c.over.(*tls.Conn)
	return ok
}
