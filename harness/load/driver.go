package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/workload"
)

// Kind is what a driver wants next.
type Kind uint8

// The kinds of a Step.
const (
	Send Kind = iota // send Step.Turn now
	Wait             // ask again at Step.Until, or after the next Done
	End              // nothing more will be sent; what is in flight goes on
)

// Step is the driver's answer to "what now".
type Step struct {
	Kind  Kind
	Turn  Turn          // of a Send
	Until time.Duration // of a Wait; Forever: only a Done changes anything
}

// Forever, as Step.Until, is no time at all.
const Forever = time.Duration(1<<63 - 1)

// Turn is one request that is due.
type Turn struct {
	Request  *workload.Request // its ID is set
	Session  uint64
	Index    int // of the turn in its session
	Phase    record.Phase
	Intended time.Duration // when the plan wanted it sent
}

// Driver runs a closed loop: Concurrency slots draw sessions from one source in
// its order, and a slot keeps its session until that ends. The first requests
// are the warm-up, the measured ones follow in the same slots without a drain.
//
// Times are offsets on the caller's clock and must not go back. A Driver is not
// safe for concurrent use.
type Driver struct {
	plan Plan
	src  workload.Source

	begun     bool
	started   time.Duration // of the first Next
	ready     readyQueue    // slots that wait for their time
	flying    map[uint64]*slot
	sessions  uint64
	requests  uint64
	exhausted bool // the source has ended
	finished  bool // nothing more is sent

	warm, measured int           // sent in each phase
	measureStart   time.Duration // first measured send
	steady         Steady
	full, tail     bool // the steady time has begun, has ended
}

// Steady is the time in which all slots were busy with measured requests or
// the last of the warm-up: from the first measured send that found all in
// flight, until a slot fell idle because nothing was left to send. Both are 0
// when there was no such time.
type Steady struct{ From, To time.Duration }

type slot struct {
	session workload.Session
	id      uint64 // of the session
	turn    int
	next    *workload.Request // the turn that is due; nil: a new session is
	due     time.Duration
	order   uint64 // slots due at the same time take turns
}

// NewDriver prepares a driver of plan over src; plan must be valid.
func NewDriver(plan Plan, src workload.Source) *Driver {
	return &Driver{plan: plan, src: src, flying: make(map[uint64]*slot, plan.Concurrency)}
}

// Next says what to do at now. Its error is the source's and ends the level.
func (d *Driver) Next(now time.Duration) (Step, error) {
	d.begin(now)
	for {
		if d.finished = d.finished || d.over(now); d.finished {
			if len(d.flying) < d.plan.Concurrency {
				d.retire(now)
			}
			return Step{Kind: End}, nil
		}
		s := d.ready.first()
		if s == nil && len(d.flying) == 0 {
			return Step{Kind: End}, nil
		}
		if s == nil {
			return Step{Kind: Wait, Until: d.limit()}, nil
		}
		if s.due > now {
			return Step{Kind: Wait, Until: s.due}, nil
		}
		d.ready.pop()
		if err := d.draw(s); err != nil {
			return Step{}, err
		}
		if s.next != nil {
			return Step{Kind: Send, Turn: d.send(s, now)}, nil
		}
		d.retire(now)
	}
}

// Done says that a request ended; its slot is free from now on, or after the
// delay that its session wants. Its error is the session's.
func (d *Driver) Done(now time.Duration, id uint64, reply *workload.Reply) error {
	s := d.flying[id]
	if s == nil {
		return fmt.Errorf("request %d ended, but is not in flight", id)
	}
	delete(d.flying, id)
	s.due = now
	next, delay, err := s.session.Next(reply)
	switch {
	case errors.Is(err, io.EOF):
		s.session, s.next = nil, nil
	case err != nil:
		return fmt.Errorf("session %d: turn %d: %w", s.id, s.turn, err)
	default:
		s.next, s.due = next, now+delay
	}
	d.ready.push(s)
	return nil
}

// Stop ends sending; what is in flight goes on.
func (d *Driver) Stop() { d.finished = true }

// InFlight is the number of requests sent and not ended.
func (d *Driver) InFlight() int { return len(d.flying) }

// Sent counts the requests sent in each phase.
func (d *Driver) Sent() (warmup, measured int) { return d.warm, d.measured }

// Steady returns the steady time so far.
func (d *Driver) Steady() Steady {
	if !d.full || !d.tail || d.steady.To < d.steady.From {
		return Steady{}
	}
	return d.steady
}

// begin lines the slots up over the spread when the driver is first asked.
func (d *Driver) begin(now time.Duration) {
	if d.begun {
		return
	}
	d.begun, d.started = true, now
	for i := range d.plan.Concurrency {
		offset := int64(d.plan.Spread) * int64(i) / int64(d.plan.Concurrency)
		d.ready.push(&slot{due: now + time.Duration(offset)})
	}
}

// draw gives a slot without a turn the next session of the source and its first
// turn; the slot stays without one when the source has ended.
func (d *Driver) draw(s *slot) error {
	for s.next == nil && !d.exhausted {
		session, err := d.src.Next(context.Background())
		if errors.Is(err, io.EOF) {
			d.exhausted = true
			return nil
		}
		if err != nil {
			return fmt.Errorf("draw session %d: %w", d.sessions+1, err)
		}
		d.sessions++
		s.session, s.id, s.turn = session, d.sessions, 0
		s.next, _, err = session.Next(nil)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("session %d: first turn: %w", s.id, err)
		}
	}
	return nil
}

// send puts the slot's turn in flight.
func (d *Driver) send(s *slot, now time.Duration) Turn {
	d.requests++
	s.next.ID = d.requests
	t := Turn{Request: s.next, Session: s.id, Index: s.turn, Phase: d.count(now), Intended: s.due}
	s.next = nil
	s.turn++
	d.flying[d.requests] = s
	if !d.full && t.Phase == record.Measured && len(d.flying) == d.plan.Concurrency {
		d.steady.From, d.full = now, true
	}
	return t
}

// count puts one request into its phase.
func (d *Driver) count(now time.Duration) record.Phase {
	if d.warming(now) {
		d.warm++
		return record.Warmup
	}
	if d.measured == 0 {
		d.measureStart = now
	}
	d.measured++
	return record.Measured
}

// warming says whether the next request is still one of the warm-up.
func (d *Driver) warming(now time.Duration) bool {
	w := d.plan.Warmup
	if d.measured > 0 || w.Requests == None || w.Zero() {
		return false
	}
	byCount := w.Requests > 0 && d.warm >= w.Requests
	byTime := w.Duration > 0 && now-d.started >= w.Duration
	return !byCount && !byTime
}

// over says that the measured phase sends no more.
func (d *Driver) over(now time.Duration) bool {
	m := d.plan.Measure
	byCount := m.Requests > 0 && d.measured >= m.Requests
	byTime := m.Duration > 0 && d.measured > 0 && now-d.measureStart >= m.Duration
	return byCount || byTime
}

// limit is the time at which the measured phase ends whatever happens.
func (d *Driver) limit() time.Duration {
	if d.plan.Measure.Duration > 0 && d.measured > 0 {
		return d.measureStart + d.plan.Measure.Duration
	}
	return Forever
}

// retire notes the first moment at which a slot fell idle for good.
func (d *Driver) retire(now time.Duration) {
	if !d.tail {
		d.steady.To, d.tail = now, true
	}
}
