package client

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/internal/framing"
)

// maxHead bounds the status line and headers of an answer.
const maxHead = 1 << 20

// maxComplaint is how much of an error answer is read.
const maxComplaint = 64 << 10

const jsonType = "application/json"

var (
	errHeadSize  = errors.New("head of the answer larger than 1 MiB")
	errComplaint = errors.New("error answer larger than 64 KiB")
)

// answer takes an HTTP answer apart as its bytes come, whoever reads them. It
// copies what a read cut in the middle, and nothing else.
type answer struct {
	t       *tally
	resp    *http.Response // nil until the head is whole; its Body is not used
	headers int64          // when the head came
	kind    body
	frame   framing.Body
	head    []byte // as far as it came, if it came in parts
	split   splitter
	text    []byte // of a body that is no stream
	surplus bool   // more came than the answer
}

// body is what an answer consists of.
type body uint8

const (
	events   body = iota // server-sent
	document             // one JSON document
	refusal              // with a status outside 2xx
)

// reset makes the answer ready for the next, which t counts.
func (a *answer) reset(t *tally) {
	split := a.split
	split.reset()
	*a = answer{t: t, head: a.head[:0], split: split, text: a.text[:0]}
}

// feed takes b, which came at the time of at and stays valid during the call
// alone. whole tells that the answer has ended with it.
func (a *answer) feed(b []byte, at arrival) (whole bool, err error) {
	for a.resp == nil {
		if b, err = a.begin(b, at); err != nil || a.resp == nil {
			return false, err
		}
	}
	for err == nil {
		var piece []byte
		if piece, b, err = a.frame.Next(b); len(piece) == 0 {
			break
		}
		err = a.take(piece, at)
	}
	a.split.rest()
	if err == nil && a.frame.Complete() {
		a.surplus = len(b) > 0
		return true, a.end(at)
	}
	return false, err
}

// begin takes the head out of b, past interim answers.
func (a *answer) begin(b []byte, at arrival) (rest []byte, err error) {
	head := b
	if len(a.head) > 0 {
		a.head = append(a.head, b...)
		head = a.head
	}
	n := framing.HeadEnd(head)
	switch {
	case n < 0 && len(head) > maxHead:
		return nil, errHeadSize
	case n < 0:
		if len(a.head) == 0 {
			a.head = append(a.head, b...)
		}
		return nil, nil
	}
	rest = b[len(b)-(len(head)-n):]
	resp, err := framing.ParseHead(head[:n])
	if err != nil {
		return nil, err
	}
	a.head = a.head[:0]
	if resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols {
		a.resp, a.headers, a.frame = resp, at.at, framing.Of(resp)
		a.kind = a.sort(resp)
	} else if len(rest) > 0 {
		return a.begin(rest, at)
	}
	return rest, nil
}

// sort says what the body is going to be.
func (a *answer) sort(resp *http.Response) body {
	kind := resp.Header.Get("Content-Type")
	switch {
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return refusal
	case len(kind) >= len(jsonType) && strings.EqualFold(kind[:len(jsonType)], jsonType):
		return document
	case !strings.HasPrefix(kind, "text/event-stream"):
		a.t.kind = fmt.Sprintf(" (content type %q)", kind)
	}
	return events
}

// take counts one piece of the body.
func (a *answer) take(piece []byte, at arrival) error {
	switch a.kind {
	case events:
		if err := a.split.put(piece); err != nil {
			return err
		}
		a.events(at)
	case document:
		if len(a.text)+len(piece) > maxEvent {
			return errEventSize
		}
		a.text = append(a.text, piece...)
	case refusal:
		if a.text = append(a.text, piece...); len(a.text) > maxComplaint {
			return errComplaint
		}
	}
	return nil
}

// events counts all events that are whole: those of the form of the one before at
// once, the others line by line.
func (a *answer) events(at arrival) {
	for {
		if n := a.t.stride(a.split.start(), at); n > 0 {
			a.split.skip(n)
			continue
		}
		ev, ok := a.split.next()
		if !ok {
			return
		}
		a.t.event(ev, at)
	}
}

// over says that nothing counts any more that may come yet.
func (a *answer) over() bool { return a.resp != nil && a.kind == events && a.t.over() }

// closed takes the end of the connection.
func (a *answer) closed(at arrival) error {
	if a.resp == nil {
		return io.ErrUnexpectedEOF
	}
	if err := a.frame.Cut(); err != nil {
		return err
	}
	return a.end(at)
}

// end judges a body that is whole.
func (a *answer) end(at arrival) error {
	switch a.kind {
	case events:
		if ev, ok := a.split.last(); ok {
			a.t.event(ev, at)
		}
	case document: // all of it arrives with its last byte
		c, err := decode(a.text)
		if err != nil {
			return errors.New("answer is not JSON")
		}
		a.t.finished = c.fault == nil
		a.t.chunk(&c, at)
	}
	return nil
}

// refused is the failure that an answer with a status outside 2xx stands for.
func (a *answer) refused() *failure {
	message, kind := complaint(a.text)
	if to := a.resp.Header.Get("Location"); to != "" {
		message = strings.TrimSpace("redirect to " + to + " not followed " + message)
	}
	if message == "" {
		message = a.resp.Status
	}
	if kind == "" {
		kind = http.StatusText(a.resp.StatusCode)
	}
	f := failed(record.HTTPError, errors.New(message))
	f.Status, f.Type = a.resp.StatusCode, kind
	return f
}
