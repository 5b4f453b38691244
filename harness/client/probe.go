package client

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/workload"
)

// Limits of a probe.
const (
	probeTries = 5 // requests that failed by anything but a 4xx
	probeAsks  = 8 // requests that a server refused
)

// Probe is what one short request told about an endpoint.
type Probe struct {
	Dialect Dialect       // the fields that the server takes
	TTFT    time.Duration // of the request that told
	Output  int           // its output tokens, reasoning included
	Usage   bool          // the server reports token counts
	Streams bool          // the answer came as an event stream
	Models  []string      // what /v1/models lists, empty if it does not answer
	Server  string        // the Server header
	Notes   []string      // what a reader of the results should know
}

// Probe asks req, short and of little output, with all fields of the dialect.
// Fields that the server refuses (400 or 422) are left out until it answers:
// those that its message names, else whichever it does not take alone; one
// field that asks for a length always stays. What fails by anything but a 4xx
// is repeated, five times at most. A 4xx that no field explains wraps
// ErrRefused, with the server's message; a target that never answers wraps
// ErrNotReady.
func (c *Client) Probe(ctx context.Context, req *workload.Request) (Probe, error) {
	p := prober{c: c, ctx: ctx, req: req}
	d, err := p.settle(c.cfg.Dialect)
	if err != nil {
		return Probe{}, err
	}
	p.told.Models = c.models(ctx)
	p.told.Dialect = d
	p.note()
	return p.told, nil
}

// prober is one probe under way.
type prober struct {
	c      *Client
	ctx    context.Context
	req    *workload.Request
	asks   int // requests refused
	fails  int // requests failed otherwise
	told   Probe
	rec    record.Record // of the latest request
	good   record.Record // of the latest that succeeded
	refuse error         // the first refusal
}

// settle returns the largest part of d that the server takes.
func (p *prober) settle(d Dialect) (Dialect, error) {
	for {
		ok, err := p.try(d)
		if ok || err != nil {
			return d, err
		}
		f, named := d.blamed(p.rec.Error.Message)
		switch {
		case !named:
			return p.rebuild(d)
		case d.lastLength(f):
			return d, p.refuse
		}
		*f.on(&d) = false
	}
}

// rebuild starts from one length field and adds the others one by one.
func (p *prober) rebuild(d Dialect) (Dialect, error) {
	for _, least := range d.least() {
		ok, err := p.try(least)
		if err != nil {
			return d, err
		}
		if !ok {
			continue
		}
		for _, f := range fields() {
			more := least
			*f.on(&more) = *f.on(&more) || *f.on(&d)
			if more == least || p.asks+1 >= probeAsks {
				continue
			}
			if ok, err = p.try(more); err != nil {
				return d, err
			} else if ok {
				least = more
			}
		}
		return least, nil
	}
	return d, p.refuse
}

// try asks with d and tells whether the server takes it; an error ends the
// probe.
func (p *prober) try(d Dialect) (bool, error) {
	for {
		p.once(d)
		status := 0
		if p.rec.Error != nil {
			status = p.rec.Error.Status
		}
		switch o := p.rec.Outcome; {
		case o == record.OK:
			p.good = p.rec
			return true, nil
		case o == record.Cancelled:
			return false, fmt.Errorf("probe %s: %w", p.c.URL(), context.Cause(p.ctx))
		case o == record.Client:
			return false, fmt.Errorf("probe %s: %s", p.c.URL(), p.rec.Error.Message)
		case status == http.StatusBadRequest || status == http.StatusUnprocessableEntity:
			return false, p.refused()
		case status >= 400 && status < 500:
			return false, p.refusal()
		}
		if err := p.pause(); err != nil {
			return false, err
		}
	}
}

// once sends the request and keeps what the answer tells.
func (p *prober) once(d Dialect) {
	p.rec = record.Record{ID: uint64(p.asks + p.fails + 1)}
	slots, err := p.c.WithDialect(d).Slots(p.ctx, 1)
	if err != nil {
		f := failed(record.Connect, err)
		if p.ctx.Err() != nil {
			f.outcome = record.Cancelled
		}
		p.rec.Outcome, p.rec.Error = f.outcome, &f.Error
		return
	}
	defer slots[0].Close()
	slots[0].Do(p.ctx, p.req, nil, &p.rec)
	p.c.Count(&p.rec)
	if p.rec.OK() {
		p.told.Streams = slots[0].in.kind == events
		p.told.Server = slots[0].in.resp.Header.Get("Server")
		p.c.closes.Store(!slots[0].holds(p.ctx))
	}
}

// refused counts a refusal that a smaller dialect may mend.
func (p *prober) refused() error {
	if p.refuse == nil {
		p.refuse = p.refusal()
	}
	if p.asks++; p.asks >= probeAsks {
		return fmt.Errorf("%w (and %d smaller requests as well)", p.refuse, p.asks-1)
	}
	return nil
}

// refusal is the server's own word, with the models that it has if it knows not
// ours.
func (p *prober) refusal() error {
	e := p.rec.Error
	err := fmt.Errorf("%w: POST %s: status %d: %s", ErrRefused, p.c.URL(), e.Status, e.Message)
	if e.Status == http.StatusNotFound {
		if models := p.c.models(p.ctx); len(models) > 0 {
			err = fmt.Errorf("%w (asked for model %q; served: %s)", err, p.c.cfg.Model, strings.Join(models, ", "))
		}
	}
	return err
}

// pause counts a failure and waits before the next try.
func (p *prober) pause() error {
	if p.fails++; p.fails >= probeTries {
		return fmt.Errorf("%w: POST %s failed %d times; last: %s",
			ErrNotReady, p.c.URL(), p.fails, p.latest())
	}
	t := time.NewTimer(p.c.probeWait << (p.fails - 1))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-p.ctx.Done():
		return fmt.Errorf("probe %s: %w; last: %s", p.c.URL(), context.Cause(p.ctx), p.latest())
	}
}

// latest says how the latest request failed.
func (p *prober) latest() string {
	e := p.rec.Error
	if e.Status > 0 {
		return fmt.Sprintf("%s %d: %s", p.rec.Outcome, e.Status, e.Message)
	}
	return fmt.Sprintf("%s: %s", p.rec.Outcome, e.Message)
}

// note says what the answer showed that results must be read with.
func (p *prober) note() {
	t, rec := &p.told, &p.good
	add := func(format string, args ...any) { t.Notes = append(t.Notes, fmt.Sprintf(format, args...)) }
	t.TTFT = time.Duration(rec.FirstToken - rec.Sent)
	t.Output, t.Usage = rec.OSL(), rec.OutputSource == record.Usage
	if left := without(p.c.cfg.Dialect, t.Dialect); len(left) > 0 {
		add("the server refuses %s: not sent", strings.Join(left, ", "))
	}
	if p.c.closes.Load() {
		add("the server closes each connection after its answer: each request gets a new one, opened before its send")
	}
	if !t.Streams {
		add("the server does not stream: TTFT is the latency of the whole answer")
	}
	if !t.Usage {
		who, by := "the server", "content events"
		if t.Dialect.IncludeUsage {
			who = "the server takes stream_options.include_usage and"
		}
		if rec.OutputSource == record.Tokenizer {
			by = "the tokenizer, from the text"
		}
		add("%s reports no usage: output tokens are counted by %s", who, by)
	}
	if rec.Wanted > 0 && t.Output != rec.Wanted {
		add("asked for %d output tokens and got %d (counted by %s): the output length is not forced",
			rec.Wanted, t.Output, rec.OutputSource)
	}
	if rec.Defects > 0 {
		add("%d broken events in the stream", rec.Defects)
	}
}
