// Package arrival says when requests are asked in an open loop: as absolute
// offsets from the start, drawn from a process and a seed. Its values are pure:
// they know no clock, no request and nobody who could be late.
package arrival

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Process is a law of arrivals: a plain value that can be opened any number of
// times.
type Process interface {
	// Open gives the arrivals; the same for the same seed.
	Open(seed uint64) Schedule
	// Mean is the number of arrivals a second in the long run, 0 where there is
	// no such number.
	Mean() float64
	// Validate says what is wrong with the process; only a valid one is opened.
	Validate() error
	// String names it with its parameters, "poisson(20/s)".
	String() string
}

// Schedule is one series of arrivals.
type Schedule interface {
	// Next is the next arrival, as an offset from the start, never before the
	// one it gave last. The first is at 0. ok is false when there are no more.
	Next() (at time.Duration, ok bool)
}

// MaxRate bounds the rate of a process, in arrivals a second: beyond it the
// gaps come near the nanosecond of a time.Duration.
const MaxRate = 10_000_000

func validRate(rate float64) error {
	if !(rate > 0) || rate > MaxRate { // NaN is not above 0
		return fmt.Errorf("rate of %g arrivals a second: want more than 0, at most %d", rate, MaxRate)
	}
	return nil
}

func perSecond(rate float64) string { return strconv.FormatFloat(rate, 'f', -1, 64) + "/s" }

// offset turns ns into a Duration; false when it is beyond what one can hold.
func offset(ns float64) (time.Duration, bool) {
	if !(ns < math.MaxInt64) {
		return 0, false
	}
	return time.Duration(ns), true
}
