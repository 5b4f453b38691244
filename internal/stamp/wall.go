package stamp

import (
	"sync/atomic"
	"time"
)

// Step is the change of the wall clock against the monotonic one above which it
// was set rather than read at a bad moment.
const Step = 200 * time.Microsecond

// samples are taken of an offset, of which the largest counts: time.Now reads the
// wall clock first, so that an interruption between the two makes it smaller.
const samples = 8

// Wall follows the offset of the wall clock to the monotonic one. The two run
// alike (both are slewed), until one sets the wall clock. It is safe for
// concurrent use.
type Wall struct {
	base   time.Time
	offset atomic.Int64 // wall clock in ns since 1970, minus monotonic ns since base
	steps  atomic.Int64
}

// NewWall takes a first sample. base is a reading of time.Now in this process.
func NewWall(base time.Time) *Wall {
	w := &Wall{base: base}
	w.offset.Store(w.sample())
	return w
}

// Since is the time from the base to the moment at, which is on the wall clock in
// ns since 1970. now is a reading taken just after. ok is false when the wall
// clock has been set since the last sample: at may be on either side of it.
func (w *Wall) Since(at int64, now time.Time) (since time.Duration, ok bool) {
	offset := w.offset.Load()
	if away(w.at(now), offset) && w.Check() {
		return 0, false
	}
	return time.Duration(at - offset), true
}

// Check takes a new sample and tells whether the wall clock was set since the
// last one. Since checks by itself; a caller that has not read for long may ask.
func (w *Wall) Check() (stepped bool) {
	last := w.offset.Load()
	now := w.sample()
	if stepped = away(now, last); !w.offset.CompareAndSwap(last, now) || !stepped {
		return stepped
	}
	w.steps.Add(1)
	return true
}

// Steps is how often the wall clock was seen to be set.
func (w *Wall) Steps() int { return int(w.steps.Load()) }

func (w *Wall) at(now time.Time) int64 { return now.UnixNano() - int64(now.Sub(w.base)) }

func (w *Wall) sample() int64 {
	offset := w.at(time.Now())
	for range samples - 1 {
		offset = max(offset, w.at(time.Now()))
	}
	return offset
}

func away(a, b int64) bool { return a-b > int64(Step) || b-a > int64(Step) }
