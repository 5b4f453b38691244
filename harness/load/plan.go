// Package load says how much is asked at once, or how often, and for how long.
// Plan and Level are plain values; Driver turns a plan and a source into sends, stepped by a
// clock that its caller owns, so that wall time and virtual time follow the
// same rules. It knows neither sockets nor files.
package load

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/dynbench/dynbench/harness/arrival"
)

// Stop says when a phase stops sending: after a number of requests, after a
// time, or at whichever comes first. The zero value leaves the choice to the
// phase's default.
type Stop struct {
	Requests int           // sent in the phase; None: the phase is left out
	Duration time.Duration // from the phase's first send
}

// None, as Stop.Requests, leaves a phase out.
const None = -1

// NoWarmup is the Stop of a warm-up that is left out.
var NoWarmup = Stop{Requests: None}

// Requests stops after n requests.
func Requests(n int) Stop { return Stop{Requests: n} }

// For stops sending after d; what is in flight then is awaited.
func For(d time.Duration) Stop { return Stop{Duration: d} }

// Within bounds s by a time as well.
func (s Stop) Within(d time.Duration) Stop {
	s.Duration = d
	return s
}

// Zero says that s leaves the choice to the default.
func (s Stop) Zero() bool { return s == Stop{} }

// Plan is the load of one level: a closed loop of Concurrency slots, or an open
// loop that asks when Arrival says so, whatever is still in flight. Its zero
// Stops mean the defaults of WithDefaults.
type Plan struct {
	Concurrency int             // slots of a closed loop; 0 in an open one
	Arrival     arrival.Process // of first turns in an open loop; nil: a closed one
	Seed        uint64          // of Arrival
	// MaxInFlight bounds an open loop: what is due while so many are in flight
	// waits, and keeps the time at which it was due. 0: no bound.
	MaxInFlight int
	// Warmup is excluded from results. Its requests come first, in the same
	// slots or on the same schedule.
	Warmup  Stop
	Measure Stop
	// Grace bounds the wait for what is in flight when sending has stopped; what
	// is left then is cancelled. 0: as long as the client's own limits allow.
	Grace time.Duration
	// Spread is the time over which the slots of a closed loop start, evenly, so
	// that a level does not begin with a burst. Slots that start together, and whose
	// answers take equally long, also end and ask again together, for many rounds:
	// only a spread as long as an answer makes their load even.
	Spread time.Duration
	// Place is copied into every record.
	Place Place
}

// Place is where a plan stands in its run.
type Place struct {
	Level  int // index of the level
	Repeat int // 0-based
	Shard  int
}

// Open says that the plan is an open loop.
func (p Plan) Open() bool { return p.Arrival != nil }

// Defaults of a plan: requests a slot and at least in all, the longest spread of
// a start, and how long an open loop asks.
const (
	RequestsPerSlot = 3
	MinRequests     = 10
	MaxSpread       = 100 * time.Millisecond
	OpenFor         = 10 * time.Second
)

// DefaultRequests is the number of measured requests of a level that names
// none: three a slot, and at least ten.
func DefaultRequests(concurrency int) int {
	return max(MinRequests, RequestsPerSlot*concurrency)
}

// DefaultArrivals is the same for an open loop: what comes in OpenFor, and at
// least ten.
func DefaultArrivals(p arrival.Process) int {
	return max(MinRequests, int(math.Ceil(p.Mean()*OpenFor.Seconds())))
}

// WithDefaults fills the zero Stops of p: first from the given ones, then by
// the rules: a warm-up of one request a slot and DefaultRequests; in an open
// loop a warm-up of MinRequests and DefaultArrivals.
func (p Plan) WithDefaults(warmup, measure Stop) Plan {
	ruleWarmup, ruleMeasure := Requests(p.Concurrency), Requests(DefaultRequests(p.Concurrency))
	if p.Open() {
		ruleWarmup, ruleMeasure = Requests(MinRequests), Requests(DefaultArrivals(p.Arrival))
	}
	p.Warmup = first(p.Warmup, warmup, ruleWarmup)
	p.Measure = first(p.Measure, measure, ruleMeasure)
	return p
}

// first is the first stop that says something.
func first(stops ...Stop) Stop {
	for _, s := range stops {
		if !s.Zero() {
			return s
		}
	}
	return Stop{}
}

// MaxConcurrency bounds the slots of a level.
const MaxConcurrency = 100_000

// Validate names everything that is wrong with p.
func (p Plan) Validate() error {
	errs := p.validLoop()
	if p.Measure.Requests < 0 || p.Measure.Duration < 0 {
		errs = append(errs, fmt.Errorf("measure %d requests for %s: want positive numbers", p.Measure.Requests, p.Measure.Duration))
	}
	if p.Warmup.Requests < None || p.Warmup.Duration < 0 {
		errs = append(errs, fmt.Errorf("warm up %d requests for %s: want positive numbers, or none", p.Warmup.Requests, p.Warmup.Duration))
	}
	if p.Grace < 0 || p.Spread < 0 {
		errs = append(errs, fmt.Errorf("grace %s, spread %s: want 0 or more", p.Grace, p.Spread))
	}
	return errors.Join(errs...)
}

func (p Plan) validLoop() (errs []error) {
	if !p.Open() {
		if p.Concurrency < 1 || p.Concurrency > MaxConcurrency {
			errs = append(errs, fmt.Errorf("concurrency %d: want 1 to %d", p.Concurrency, MaxConcurrency))
		}
		if p.MaxInFlight != 0 {
			errs = append(errs, fmt.Errorf("at most %d in flight: a closed loop has its concurrency", p.MaxInFlight))
		}
		return errs
	}
	if p.Concurrency != 0 {
		errs = append(errs, fmt.Errorf("concurrency %d with arrivals %s: an open loop has no slots, bound it by MaxInFlight", p.Concurrency, p.Arrival))
	}
	if p.MaxInFlight < 0 {
		errs = append(errs, fmt.Errorf("at most %d in flight: want 0 or more", p.MaxInFlight))
	}
	if err := p.Arrival.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("arrivals %s: %w", p.Arrival, err))
	}
	return errs
}
