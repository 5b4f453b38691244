package record

import "time"

// Clock gives the time stamps of one run: monotonic nanoseconds from its base.
type Clock struct{ base time.Time }

// NewClock starts a clock now.
func NewClock() Clock { return Clock{time.Now()} }

// Now is the time since the base in ns; never 0, which means "did not happen".
func (c Clock) Now() int64 { return c.At(time.Now()) }

// At is the stamp of a moment that was read from the same process's clock.
func (c Clock) At(t time.Time) int64 { return max(int64(t.Sub(c.base)), 1) }

// Base is the wall clock at the base, for files that name absolute times.
func (c Clock) Base() time.Time { return c.base }
