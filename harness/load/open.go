package load

import (
	"time"

	"github.com/dynbench/dynbench/harness/arrival"
	"github.com/dynbench/dynbench/harness/record"
)

// open is the loop that never waits for an answer: each arrival is a session of
// its own. Nothing that was due is forgotten for being late; only what the cap
// holds back when the time of the level is over is given up, and counted.
type open struct {
	d        *Driver
	schedule arrival.Schedule
	next     *slot      // of the next arrival; nil: there are no more
	ready    readyQueue // slots with a later turn

	crowded time.Duration // until then the cap was reached, at the latest; 0: it never was
	held    int           // sent late because of the cap
	never   int           // given up because of it
	ended   bool          // never is counted

	steady        Steady
	answered      bool // a request has ended
	before, begun bool // the steady time: a measured request was sent; it has begun
}

func (o *open) begin(time.Duration) {
	o.schedule = o.d.plan.Arrival.Open(o.d.plan.Seed)
	o.advance()
}

// advance draws the next arrival.
func (o *open) advance() {
	o.next = nil
	if at, ok := o.schedule.Next(); ok && at < Forever-o.d.started {
		o.next = &slot{due: o.d.started + at}
	}
}

// first prefers a later turn to an arrival that is due at the same time.
func (o *open) first() *slot {
	s := o.ready.first()
	if o.next == nil || o.d.exhausted || s != nil && s.due <= o.next.due {
		return s
	}
	return o.next
}

func (o *open) pop() {
	if o.first() == o.next {
		o.advance()
		return
	}
	o.ready.pop()
}

func (o *open) from(s *slot) time.Duration {
	if o.full(len(o.d.flying)) {
		return Forever
	}
	return s.due
}

func (o *open) full(flying int) bool {
	return o.d.plan.MaxInFlight > 0 && flying >= o.d.plan.MaxInFlight
}

// barred says that the cap holds s back, or did for a time.
func (o *open) barred(s *slot) bool {
	return o.full(len(o.d.flying)) || s.due < o.crowded
}

// keeps a turn that was due in time and is late only because its caller is.
func (o *open) keeps(s *slot) bool { return s.due < o.d.limit() && !o.barred(s) }

func (o *open) sent(t *Turn, now time.Duration) {
	t.HeldFor = max(o.crowded-t.Intended, 0)
	if t.Phase != record.Measured {
		return
	}
	if t.HeldFor > 0 {
		o.held++
	}
	o.steady.To = now
	if o.before = true; o.answered && !o.begun {
		o.steady.From, o.begun = now, true
	}
}

func (o *open) back(s *slot, now time.Duration) {
	if o.full(len(o.d.flying) + 1) {
		o.crowded = now
	}
	if o.answered = true; o.before && !o.begun {
		o.steady.From, o.begun = now, true
	}
	if s.next != nil {
		o.ready.push(s)
	}
}

// dry counts what is given up, once nothing more is sent.
func (o *open) dry(time.Duration) {
	if !o.d.finished || o.ended {
		return
	}
	o.ended = true
	m := o.d.plan.Measure
	if o.d.stopped || m.Duration == 0 {
		return
	}
	for s := o.first(); s != nil && s.due < o.d.limit(); s = o.first() {
		if m.Requests > 0 && o.d.measured+o.never >= m.Requests {
			return
		}
		o.never++
		o.pop()
	}
}

func (o *open) steadily() Steady {
	if !o.begun || o.steady.To <= o.steady.From {
		return Steady{}
	}
	return o.steady
}
