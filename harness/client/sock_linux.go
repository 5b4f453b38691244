package client

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/dynbench/dynbench/internal/hub"
	"github.com/dynbench/dynbench/internal/stamp"
)

// sock is a link whose answers are taken by the reader of a hub as they come,
// while the goroutine that asked sleeps.
type sock struct {
	passage
	conn *hub.Conn
	over chan error // how the exchange ended

	// mu guards what follows, and of the passage sent, last and limits while an
	// answer is awaited.
	mu        sync.Mutex
	phase     phase
	answer    *answer
	lingering bool
	gone      bool
	timer     *time.Timer
}

type phase uint8

const (
	idle    phase = iota
	asking        // an answer is awaited
	spoiled       // the peer has closed it, or sent what nobody asked for
	closed
)

var _ link = (*sock)(nil)

// adopt makes a link of a connection just opened; nil: it cannot, and leaves the
// connection as it is.
func (c *Client) adopt(tcp *net.TCPConn, p passage) link {
	conn, err := c.hub.Adopt(tcp)
	if err != nil {
		return nil
	}
	p.stamps = conn.Stamp() == nil // without it user time has to do, and records say so
	k := &sock{passage: p, conn: conn, over: make(chan error, 1)}
	if conn.Watch(k) != nil {
		return nil
	}
	return k
}

func (k *sock) arm(a *answer, cfg *Config, whole time.Duration) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.phase != idle {
		return k.conn.Spoiled()
	}
	now := k.clock.Now()
	k.limits = newLimits(a.t, cfg, now, whole)
	k.phase, k.answer, k.lingering = asking, a, false
	// A first token that waits until another comes has lost its stamp; of the later
	// ones the number and the last one count.
	k.conn.Ahead(true)
	k.alarm(time.Duration(k.limits.look(now) - now))
	return nil
}

// alarm looks at the limits after d.
func (k *sock) alarm(d time.Duration) {
	if k.timer == nil {
		k.timer = time.AfterFunc(d, k.look)
		return
	}
	k.timer.Reset(d)
}

// look ends the exchange if a limit has passed.
func (k *sock) look() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.phase != asking {
		return
	}
	now := k.clock.Now()
	if at, _ := k.limits.due(); now < at {
		k.alarm(time.Duration(k.limits.look(now) - now))
		return
	}
	k.end(os.ErrDeadlineExceeded)
}

// end tells whoever awaits the answer.
func (k *sock) end(err error) {
	k.phase = idle
	k.over <- err // which never waits: it is told once an exchange
}

func (k *sock) await() error {
	err := <-k.over
	k.timer.Stop()
	return err
}

func (k *sock) disarm(d time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.linger(d)
}

func (k *sock) linger(d time.Duration) {
	k.limits.t, k.limits.linger = nil, k.clock.Now()+int64(d)
	k.alarm(d)
}

func (k *sock) abandon() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.gone = true
	if k.phase == asking {
		k.end(os.ErrDeadlineExceeded)
	}
}

// Ready takes what has come, on the reader's goroutine; ended tells that the
// exchange has.
func (k *sock) Ready(receive *stamp.Receiver, buf []byte) (ended bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch k.phase {
	case closed:
		return false
	case idle, spoiled:
		k.phase = spoiled
		k.conn.Pause()
		return false
	}
	n, at, err := k.conn.Receive(receive, buf)
	switch {
	case err == nil:
	case errors.Is(err, hub.ErrNothing):
		return false
	case errors.Is(err, io.EOF):
		k.end(k.answer.closed(k.last))
		return true
	default:
		k.end(err)
		return true
	}
	k.arrive(at)
	if whole, err := k.answer.feed(buf[:n], k.last); whole || err != nil {
		k.end(err)
		return true
	}
	if k.answer.t.rec.FirstToken > 0 {
		k.conn.Ahead(false)
	}
	if !k.lingering && k.answer.over() {
		k.lingering = true
		k.linger(linger)
	}
	return false
}

func (k *sock) Write(b []byte) (int, error) {
	if k.sent == 0 {
		k.mu.Lock()
		k.sent = k.clock.Now()
		k.mu.Unlock()
	}
	n, err := k.conn.Write(b, k.given)
	k.written = k.clock.Now()
	return n, err
}

// given tells that nobody waits for the answer any more.
func (k *sock) given() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.gone || k.phase != asking
}

func (k *sock) alive() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.phase == idle && k.conn.Quiet()
}

func (k *sock) Close() error {
	k.mu.Lock()
	if k.phase == closed {
		k.mu.Unlock()
		return net.ErrClosed
	}
	if k.timer != nil {
		k.timer.Stop()
	}
	k.phase = closed
	k.mu.Unlock()
	return k.conn.Close()
}
