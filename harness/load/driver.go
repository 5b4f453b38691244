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
	HeldFor  time.Duration // for how long after that Plan.MaxInFlight held it back
}

// Driver turns a plan and a source into sends. In a closed loop, slots draw
// sessions from the source in its order, and a slot keeps its session until that
// ends. In an open one, sessions begin on schedule, their first turns are due
// then, and later turns when their delay after the answer has passed. The first
// requests are the warm-up, the measured ones follow without a drain.
//
// A turn that is handed out late is not moved: Turn.Intended stays the time at
// which it was due, and that decides its phase.
//
// Times are offsets on the caller's clock and must not go back. A Driver is not
// safe for concurrent use.
type Driver struct {
	plan Plan
	src  workload.Source
	loop loop

	begun     bool
	started   time.Duration // of the first Next
	flying    map[uint64]*slot
	most      int // in flight at once
	sessions  uint64
	requests  uint64
	exhausted bool // the source has ended
	finished  bool // nothing more is sent
	stopped   bool // by Stop

	warm, measured int           // sent in each phase
	measureStart   time.Duration // when the first measured one was due
}

// loop is what a closed loop and an open one do differently.
type loop interface {
	begin(now time.Duration)
	// first is the slot that is due first, nil if there is none until a request
	// ends; pop takes it.
	first() *slot
	pop()
	// from is the time from which s may be sent.
	from(s *slot) time.Duration
	// keeps says that s is sent although the time of the level is over.
	keeps(s *slot) bool
	// sent tells of a turn that was taken from s, and is in flight by now.
	sent(t *Turn, now time.Duration)
	// back returns a slot whose request is not in flight any more: with a turn
	// that is due, or without one where its session has ended.
	back(s *slot, now time.Duration)
	// dry tells that something was due, and there is nothing left to send.
	dry(now time.Duration)
	steadily() Steady
}

// Steady is the time in which the load was what the plan wants. In a closed
// loop: from the first measured send that found all slots busy, until one fell
// idle because nothing was left to send. In an open loop: from the first
// measured send, but not before any request had ended, to the last send. Both
// are 0 when there was no such time.
type Steady struct{ From, To time.Duration }

// slot holds a session from its first turn to its last.
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
	d := &Driver{plan: plan, src: src, flying: make(map[uint64]*slot, plan.Concurrency)}
	if plan.Open() {
		d.loop = &open{d: d}
	} else {
		d.loop = &closed{d: d}
	}
	return d
}

// Next says what to do at now. Its error is the source's and ends the level.
func (d *Driver) Next(now time.Duration) (Step, error) {
	if !d.begun {
		d.begun, d.started = true, now
		d.loop.begin(now)
	}
	for !d.finished {
		s := d.loop.first()
		if d.finished = d.over(s, now); d.finished {
			break
		}
		if s == nil && len(d.flying) == 0 {
			return Step{Kind: End}, nil
		}
		if s == nil || d.loop.from(s) > now {
			return Step{Kind: Wait, Until: d.until(s, now)}, nil
		}
		d.loop.pop()
		if err := d.draw(s); err != nil {
			return Step{}, err
		}
		if s.next != nil {
			return Step{Kind: Send, Turn: d.send(s, now)}, nil
		}
		d.loop.dry(now)
	}
	d.loop.dry(now)
	return Step{Kind: End}, nil
}

// Done says that a request ended; its slot is free from now on, or after the
// delay that its session wants. Its error is the session's.
func (d *Driver) Done(now time.Duration, id uint64, reply *workload.Reply) error {
	s := d.flying[id]
	if s == nil {
		return fmt.Errorf("request %d ended, but is not in flight", id)
	}
	delete(d.flying, id)
	next, delay, err := s.session.Next(reply)
	switch {
	case errors.Is(err, io.EOF):
		s.session, s.next = nil, nil
	case err != nil:
		return fmt.Errorf("session %d: turn %d: %w", s.id, s.turn, err)
	default:
		s.next, s.due = next, now+delay
	}
	d.loop.back(s, now)
	return nil
}

// Stop ends sending; what is in flight goes on.
func (d *Driver) Stop() { d.finished, d.stopped = true, true }

// InFlight is the number of requests sent and not ended.
func (d *Driver) InFlight() int { return len(d.flying) }

// Most is the largest number of requests that were in flight at once.
func (d *Driver) Most() int { return d.most }

// Sent counts the requests sent in each phase.
func (d *Driver) Sent() (warmup, measured int) { return d.warm, d.measured }

// Held counts what Plan.MaxInFlight held back in an open loop: measured requests
// that were due while so many were in flight, and were sent when there was room;
// and those that were never sent, because the time of the level was over by then.
func (d *Driver) Held() (late, never int) {
	if o, ok := d.loop.(*open); ok {
		return o.held, o.never
	}
	return 0, 0
}

// Steady returns the steady time so far.
func (d *Driver) Steady() Steady { return d.loop.steadily() }

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
	t := Turn{Request: s.next, Session: s.id, Index: s.turn, Phase: d.count(s.due), Intended: s.due}
	s.next = nil
	s.turn++
	d.flying[d.requests] = s
	d.most = max(d.most, len(d.flying))
	d.loop.sent(&t, now)
	return t
}
