package wall

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dynbench/dynbench/harness/client"
	"github.com/dynbench/dynbench/harness/workload"
)

// maxAhead bounds the sessions that are drawn ahead, and so their memory: a
// prompt of 2,000 tokens is some 12 KB.
const maxAhead = 4096

// prefetched is a source that draws from another one and encodes first turns
// ahead of their time, so that neither is done between an answer and the next
// send.
type prefetched struct {
	ahead chan drawn
	full  chan struct{} // closed once ahead has been full, or the source ended
	stop  context.CancelFunc
	done  chan struct{}
	end   error // what ended the source, once it has
}

type drawn struct {
	session workload.Session
	err     error
}

// prefetch starts drawing; close ends it.
func prefetch(ctx context.Context, src workload.Source, c *client.Client, slots int) *prefetched {
	ctx, stop := context.WithCancel(ctx)
	p := &prefetched{
		ahead: make(chan drawn, min(slots, maxAhead)),
		full:  make(chan struct{}),
		stop:  stop,
		done:  make(chan struct{}),
	}
	go p.draw(ctx, src, c)
	return p
}

func (p *prefetched) draw(ctx context.Context, src workload.Source, c *client.Client) {
	defer close(p.done)
	filled := false
	fill := func() {
		if !filled {
			filled = true
			close(p.full)
		}
	}
	defer fill()
	for {
		session, err := encodeFirst(ctx, src, c)
		if ctx.Err() != nil {
			return // err may be only this
		}
		if len(p.ahead) == cap(p.ahead) || err != nil {
			fill()
		}
		select {
		case p.ahead <- drawn{session, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// encodeFirst draws a session whose first turn has its body.
func encodeFirst(ctx context.Context, src workload.Source, c *client.Client) (workload.Session, error) {
	session, err := src.Next(ctx)
	if err != nil {
		return nil, err
	}
	req, delay, err := session.Next(nil)
	if errors.Is(err, io.EOF) {
		return &opened{rest: session, err: err}, nil
	}
	if err != nil {
		return nil, err
	}
	if err := fixBody(req, c); err != nil {
		return nil, err
	}
	return &opened{rest: session, first: req, delay: delay}, nil
}

// fixBody replaces what is asked by the bytes that ask it.
func fixBody(req *workload.Request, c *client.Client) error {
	body, err := c.Encode(req)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	req.Body, req.Messages, req.Prompt, req.Tokens = body, nil, "", nil
	return nil
}

// ready waits until enough is drawn for every slot to start at once.
func (p *prefetched) ready(ctx context.Context) {
	select {
	case <-p.full:
	case <-ctx.Done():
	}
}

// Next gives the next session; after the source has ended, its end.
func (p *prefetched) Next(ctx context.Context) (workload.Session, error) {
	if p.end != nil {
		return nil, p.end
	}
	select {
	case d := <-p.ahead:
		return p.give(d)
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.done:
	}
	// Drawing is over; what it drew last may still be there.
	select {
	case d := <-p.ahead:
		return p.give(d)
	default:
		return nil, io.EOF
	}
}

func (p *prefetched) give(d drawn) (workload.Session, error) {
	p.end = d.err
	return d.session, d.err
}

func (p *prefetched) close() {
	p.stop()
	<-p.done
}

// opened is a session whose first turn was taken already.
type opened struct {
	rest  workload.Session
	first *workload.Request
	delay time.Duration
	err   error
	begun bool
}

func (o *opened) Next(prev *workload.Reply) (*workload.Request, time.Duration, error) {
	if o.begun {
		return o.rest.Next(prev)
	}
	o.begun = true
	req := o.first
	o.first = nil
	return req, o.delay, o.err
}
