package wall

import (
	"time"

	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/record"
)

// pacer waits for moments. until is called by one goroutine, wake by any.
type pacer interface {
	// until returns at t on the clock, or when it is woken; a wake before the
	// call counts.
	until(t time.Duration) error
	wake()
	close()
}

// ticker is a pacer of the runtime's own timers, for systems on which the
// runtime waits for them as finely as it can. It does not spin: that would take
// the processor from those who read answers.
type ticker struct {
	clock record.Clock
	timer *time.Timer
	woken chan struct{}
}

func newTicker(clock record.Clock) *ticker {
	return &ticker{clock: clock, timer: time.NewTimer(0), woken: make(chan struct{}, 1)}
}

func (p *ticker) until(t time.Duration) error {
	var at <-chan time.Time
	if t != load.Forever {
		p.timer.Reset(t - time.Duration(p.clock.Now()))
		at = p.timer.C
	}
	select {
	case <-at:
	case <-p.woken:
	}
	return nil
}

func (p *ticker) wake() {
	select {
	case p.woken <- struct{}{}:
	default:
	}
}

func (p *ticker) close() { p.timer.Stop() }
