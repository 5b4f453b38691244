package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/workload"
	"github.com/dynbench/dynbench/internal/wait"
)

// dialling bounds the connections that Slots opens at a time: more would
// overflow the accept queue of many servers.
const dialling = 64

// Slot owns one connection and asks one request at a time on it: Do must not
// be called concurrently. It costs no goroutine.
type Slot struct {
	c     *Client
	link  link // nil: to be opened by the next Do
	head  []byte
	t     tally
	in    answer
	drop  bool // the connection is not fit for another request
	asked asked
}

// Slot is one whose connection is opened by its first Do.
func (c *Client) Slot() *Slot { return &Slot{c: c} }

// Slots opens n connections, so that no request has to wait for one. An error
// closes those that were opened; it wraps the first cause.
func (c *Client) Slots(ctx context.Context, n int) ([]*Slot, error) {
	c.wall.Check()
	slots := make([]*Slot, n)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(dialling)
	for i := range slots {
		s := c.Slot()
		slots[i] = s
		g.Go(func() (err error) {
			s.link, err = c.dial(gctx)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		for _, s := range slots {
			s.Close()
		}
		return nil, fmt.Errorf("open %d connections: %w", n, err)
	}
	return slots, nil
}

// Close closes the connection. The slot may be used again: Do opens another.
func (s *Slot) Close() {
	if s.link != nil {
		_ = s.link.Close()
		s.link = nil
	}
}

// asked is a request that is on its way.
type asked struct {
	ctx  context.Context
	req  *workload.Request
	fail *failure    // why it could not be sent
	late error       // of the write
	stop func() bool // ends the watch over ctx
}

// Do sends req once and reads the answer to its end. body is what Encode
// returned; nil encodes now. Everything that this client knows is set in rec:
// times, gaps, tokens, the request id, outcome and error; the caller sets ID,
// Session, Turn, Level, Repeat, Shard, Phase and Intended, and the request id
// is made of them. The end of ctx, and Request.CancelAfter, make it Cancelled.
func (s *Slot) Do(ctx context.Context, req *workload.Request, body []byte, rec *record.Record) workload.Reply {
	s.Send(ctx, req, body, rec)
	return s.Receive()
}

// Send is the first half of Do, until the request is written. Receive must
// follow, on any goroutine; until then rec belongs to the slot.
func (s *Slot) Send(ctx context.Context, req *workload.Request, body []byte, rec *record.Record) {
	rec.Wanted, rec.Generated = req.MaxTokens, req.InputTokens
	if rec.Class == "" {
		rec.Class = req.Class
	}
	s.t.reset(rec, req.KeepReply, &s.c.cfg)
	s.asked = asked{ctx: ctx, req: req}
	s.asked.fail = s.ask(body)
}

// Receive is the second half of Do: it reads the answer and fills the record.
func (s *Slot) Receive() workload.Reply {
	q, rec := &s.asked, s.t.rec
	fail := q.fail
	if fail == nil {
		fail = s.answer(q)
	}
	if s.drop {
		s.Close()
	}
	s.t.count(q.req)
	s.asked = asked{}
	if fail == nil {
		fail = s.t.verdict()
	}
	if fail != nil {
		rec.Outcome, rec.Error, rec.End = fail.outcome, &fail.Error, s.c.cfg.Clock.Now()
	}
	return workload.Reply{OK: rec.OK(), Text: s.t.said(), Output: rec.Output}
}

// SendsAtOnce says that Send would not wait with this body: a connection is open, and
// even one that has sent nothing yet takes so much at once.
func (s *Slot) SendsAtOnce(body []byte) bool {
	return body != nil && len(body) <= maxInline && s.fit()
}

// fit says that there is a connection that can take a request.
func (s *Slot) fit() bool {
	return s.link != nil && s.link.alive() && (s.link.passed().served == 0 || !s.c.closes.Load())
}

// connect makes the link fit for a request: the one that is there if the
// server still holds it, else another.
func (s *Slot) connect(ctx context.Context, rec *record.Record) error {
	if !s.fit() {
		s.Close()
		began := time.Now()
		l, err := s.c.dial(ctx)
		rec.Dialled = max(int64(time.Since(began)), 1)
		if err != nil {
			return err
		}
		s.link = l
	}
	rec.Reused = s.link.passed().served > 0
	s.link.begin()
	return nil
}

// closing is how long after an answer a server may take to end a connection that
// it does not keep: its end of it travels right behind the answer.
const closing = 10 * time.Millisecond

// holds tells whether the server keeps the connection after its answer.
func (s *Slot) holds(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, closing)
	defer cancel()
	return wait.Until(ctx, time.Millisecond, func(context.Context) error {
		if s.link != nil && s.link.alive() {
			return errors.New("still open")
		}
		return nil
	}) != nil
}
