package load

import (
	"time"

	"github.com/dynbench/dynbench/harness/record"
)

// count puts one request into its phase.
func (d *Driver) count(due time.Duration) record.Phase {
	if d.warming(due) {
		d.warm++
		return record.Warmup
	}
	if d.measured == 0 {
		d.measureStart = due
	}
	d.measured++
	return record.Measured
}

// warming says whether a request that is due then is still one of the warm-up.
func (d *Driver) warming(due time.Duration) bool {
	w := d.plan.Warmup
	if d.measured > 0 || w.Requests == None || w.Zero() {
		return false
	}
	byCount := w.Requests > 0 && d.warm >= w.Requests
	byTime := w.Duration > 0 && due-d.started >= w.Duration
	return !byCount && !byTime
}

// over says that the measured phase sends no more, s being due next or nil.
func (d *Driver) over(s *slot, now time.Duration) bool {
	m := d.plan.Measure
	byCount := m.Requests > 0 && d.measured >= m.Requests
	byTime := now >= d.limit() && (s == nil || !d.loop.keeps(s))
	return byCount || byTime
}

// until is the time of the next step, s being due later or nil.
func (d *Driver) until(s *slot, now time.Duration) time.Duration {
	at := Forever
	if limit := d.limit(); limit > now {
		at = limit
	}
	if s != nil {
		at = min(at, d.loop.from(s))
	}
	return at
}

// limit is the time at which the measured phase ends whatever happens.
func (d *Driver) limit() time.Duration {
	if d.plan.Measure.Duration > 0 && d.measured > 0 {
		return d.measureStart + d.plan.Measure.Duration
	}
	return Forever
}
