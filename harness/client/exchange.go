package client

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/workload"
)

// maxInline is the size up to which a body is sent in one write with its head;
// a larger one is not copied.
const maxInline = 16 << 10

// linger is how long the rest of an answer that has said its last may take
// before its connection is given up.
const linger = time.Second

// ask sends the request of s.asked. After an error the connection is not to be
// used again if s.drop is set.
func (s *Slot) ask(body []byte) *failure {
	ctx, rec := s.asked.ctx, s.t.rec
	s.drop = false
	body, err := s.prepare(s.asked.req, body, rec)
	if err != nil {
		return failed(record.Client, err)
	}
	if ctx.Err() == nil {
		err = s.connect(ctx, rec)
	}
	if ctx.Err() != nil {
		return failed(record.Cancelled, context.Cause(ctx))
	}
	if err != nil {
		return failed(record.Connect, err)
	}
	s.in.reset(&s.t)
	if err := s.link.arm(&s.in, &s.c.cfg, s.limit(s.asked.req)); err != nil {
		s.drop = true
		return failed(record.Connect, err)
	}
	s.asked.stop = func() bool { return true }
	if ctx.Done() != nil {
		s.asked.stop = context.AfterFunc(ctx, s.link.abandon)
	}
	s.asked.late = s.write(body)
	return nil
}

// answer reads what the server says to q. It clears s.drop when the connection
// can serve another request.
func (s *Slot) answer(q *asked) *failure {
	whole, fail := s.converse(q)
	// When stop comes too late, the deadline may yet change under the next request.
	s.drop = !q.stop() || !whole || s.in.surplus
	p, rec := s.link.passed(), s.t.rec
	rec.Sent, rec.Written, rec.End = p.sent, p.written, p.last.at
	s.t.stamped(p)
	p.served++
	p.idle = time.Now()
	return fail
}

// limit is how long after the send the request ends, whatever has come.
func (s *Slot) limit(req *workload.Request) time.Duration {
	if req.CancelAfter > 0 {
		return min(req.CancelAfter, s.c.cfg.Timeout)
	}
	return s.c.cfg.Timeout
}

// prepare makes the head of the request, and the body if there is none.
func (s *Slot) prepare(req *workload.Request, body []byte, rec *record.Record) (_ []byte, err error) {
	if body == nil {
		if body, err = s.c.Encode(req); err != nil {
			return nil, err
		}
	}
	s.head, rec.RequestID, err = s.c.appendHead(s.head[:0], req.Headers, rec, len(body))
	return body, err
}

// converse waits for the answer to q; whole tells that it was read to its end and
// that the server keeps the connection.
func (s *Slot) converse(q *asked) (whole bool, fail *failure) {
	err := s.link.await()
	if s.in.resp == nil {
		if q.late != nil {
			err = q.late
		}
		return false, s.blame(q.ctx, q.req, record.Connect, fmt.Errorf("no answer: %w", plain(err)))
	}
	s.t.rec.Headers = s.in.headers
	whole = s.in.frame.Complete() && !s.in.resp.Close && q.late == nil
	switch s.in.kind {
	case refusal:
		return whole, s.in.refused()
	case events:
		if s.t.over() || s.t.finished && !timedOut(err) {
			err = nil // it had said how it ended
		}
	}
	if err != nil {
		fail = s.blame(q.ctx, q.req, record.Truncated, fmt.Errorf("answer cut: %w", plain(err)))
	}
	return whole, fail
}

// write sends head and body. After an error the server may still have answered.
func (s *Slot) write(body []byte) error {
	if len(body) <= maxInline {
		s.head = append(s.head, body...)
		body = nil
	}
	_, err := s.link.Write(s.head)
	if err == nil && len(body) > 0 {
		_, err = s.link.Write(body)
	}
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		s.link.disarm(linger)
	}
	return err
}
