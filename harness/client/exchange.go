package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/workload"
)

// maxInline is the size up to which a body is sent in one write with its head;
// a larger one is not copied.
const maxInline = 16 << 10

// maxComplaint is how much of an error answer is read.
const maxComplaint = 64 << 10

// linger is how long the rest of an answer that has said its last may take
// before its connection is given up.
const linger = time.Second

const jsonType = "application/json"

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
	if err := s.link.wire.arm(&s.t, &s.c.cfg, s.limit(s.asked.req)); err != nil {
		s.drop = true
		return failed(record.Connect, err)
	}
	s.asked.stop = func() bool { return true }
	if ctx.Done() != nil {
		s.asked.stop = context.AfterFunc(ctx, s.link.wire.abandon)
	}
	s.asked.late = s.write(body)
	return nil
}

// answer reads what the server says to q. It clears s.drop when the connection
// can serve another request.
func (s *Slot) answer(q *asked) *failure {
	l, rec := s.link, s.t.rec
	whole, fail := s.converse(q)
	// When stop comes too late, the deadline may yet change under the next request.
	s.drop = !q.stop() || !whole || l.br.Buffered() > 0
	rec.Sent, rec.Written, rec.End = l.wire.sent, l.wire.written, l.wire.last.at
	s.t.stamped(l.wire)
	l.wire.limits.t = nil
	l.served++
	l.idle = time.Now()
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

// converse reads the answer to q; whole tells that it was read to its end and
// that the server keeps the connection.
func (s *Slot) converse(q *asked) (whole bool, _ *failure) {
	resp, err := s.header()
	if err != nil {
		if q.late != nil {
			err = q.late
		}
		return false, s.blame(q.ctx, q.req, record.Connect, fmt.Errorf("no answer: %w", plain(err)))
	}
	s.t.rec.Headers, s.reply = s.link.wire.last.at, resp.Header
	s.streams = false
	var fail *failure
	switch kind := resp.Header.Get("Content-Type"); {
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		whole, fail = s.refusal(resp)
	case len(kind) >= len(jsonType) && strings.EqualFold(kind[:len(jsonType)], jsonType):
		whole, err = s.whole(resp.Body)
	default:
		if s.streams = true; !strings.HasPrefix(kind, "text/event-stream") {
			s.t.kind = fmt.Sprintf(" (content type %q)", kind)
		}
		whole, err = s.stream(resp.Body)
	}
	if err != nil {
		fail = s.blame(q.ctx, q.req, record.Truncated, fmt.Errorf("answer cut: %w", plain(err)))
	}
	return whole && !resp.Close && q.late == nil, fail
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
		s.link.wire.disarm(linger)
	}
	return err
}

// header reads the status line and the headers, past any interim answer.
func (s *Slot) header() (*http.Response, error) {
	for {
		resp, err := http.ReadResponse(s.br, nil)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp, nil
		}
	}
}

// refusal reads the answer that has a status outside 2xx.
func (s *Slot) refusal(resp *http.Response) (whole bool, _ *failure) {
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxComplaint))
	_, end := resp.Body.Read(make([]byte, 1))
	message, kind := complaint(text)
	if to := resp.Header.Get("Location"); to != "" {
		message = strings.TrimSpace("redirect to " + to + " not followed " + message)
	}
	if message == "" {
		message = resp.Status
	}
	if kind == "" {
		kind = http.StatusText(resp.StatusCode)
	}
	f := failed(record.HTTPError, errors.New(message))
	f.Status, f.Type = resp.StatusCode, kind
	return err == nil && errors.Is(end, io.EOF), f
}
