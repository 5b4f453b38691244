package load

import (
	"time"

	"github.com/dynbench/dynbench/harness/record"
)

// closed is the loop of Plan.Concurrency slots: each asks its next turn when it
// has its answer, and draws a new session when its own has ended.
type closed struct {
	d      *Driver
	ready  readyQueue // slots that wait for their time
	steady Steady
	full   bool // the steady time has begun
	tail   bool // and ended
}

// begin lines the slots up over the spread.
func (c *closed) begin(now time.Duration) {
	n := c.d.plan.Concurrency
	for i := range n {
		offset := int64(c.d.plan.Spread) * int64(i) / int64(n)
		c.ready.push(&slot{due: now + time.Duration(offset)})
	}
}

func (c *closed) first() *slot               { return c.ready.first() }
func (c *closed) pop()                       { c.ready.pop() }
func (c *closed) from(s *slot) time.Duration { return s.due }
func (c *closed) keeps(*slot) bool           { return false }

func (c *closed) sent(t *Turn, now time.Duration) {
	if !c.full && t.Phase == record.Measured && len(c.d.flying) == c.d.plan.Concurrency {
		c.steady.From, c.full = now, true
	}
}

// back lets the slot of a session that has ended begin another one at once.
func (c *closed) back(s *slot, now time.Duration) {
	if s.next == nil {
		s.due = now
	}
	c.ready.push(s)
}

// dry notes the first moment at which a slot fell idle for good.
func (c *closed) dry(now time.Duration) {
	if !c.tail && len(c.d.flying) < c.d.plan.Concurrency {
		c.steady.To, c.tail = now, true
	}
}

func (c *closed) steadily() Steady {
	if !c.full || !c.tail || c.steady.To < c.steady.From {
		return Steady{}
	}
	return c.steady
}
