// Package load says how much is asked at once and for how long. Plan and Level
// are plain values; Driver turns a plan and a source into sends, stepped by a
// clock that its caller owns, so that wall time and virtual time follow the
// same rules. It knows neither sockets nor files.
package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/workload"
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

// Plan is the load of one level: a closed loop of Concurrency slots. Its zero
// Stops mean the defaults of WithDefaults.
type Plan struct {
	Concurrency int
	Warmup      Stop // excluded from results; its requests come first, in the same slots
	Measure     Stop
	// Grace bounds the wait for what is in flight when sending has stopped; what
	// is left then is cancelled. 0: as long as the client's own limits allow.
	Grace time.Duration
	// Spread is the time over which the slots start, so that a level does not
	// begin with a burst.
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

// Defaults of a plan: requests a slot and at least in all, and the longest
// spread of a start.
const (
	RequestsPerSlot = 3
	MinRequests     = 10
	MaxSpread       = 100 * time.Millisecond
)

// DefaultRequests is the number of measured requests of a level that names
// none: three a slot, and at least ten.
func DefaultRequests(concurrency int) int {
	return max(MinRequests, RequestsPerSlot*concurrency)
}

// WithDefaults fills the zero Stops of p: first from the given ones, then by
// the rules: a warm-up of one request a slot, and DefaultRequests.
func (p Plan) WithDefaults(warmup, measure Stop) Plan {
	if p.Warmup.Zero() {
		p.Warmup = warmup
	}
	if p.Warmup.Zero() {
		p.Warmup = Requests(p.Concurrency)
	}
	if p.Measure.Zero() {
		p.Measure = measure
	}
	if p.Measure.Zero() {
		p.Measure = Requests(DefaultRequests(p.Concurrency))
	}
	return p
}

// MaxConcurrency bounds the slots of a level.
const MaxConcurrency = 100_000

// Validate names everything that is wrong with p.
func (p Plan) Validate() error {
	var errs []error
	if p.Concurrency < 1 || p.Concurrency > MaxConcurrency {
		errs = append(errs, fmt.Errorf("concurrency %d: want 1 to %d", p.Concurrency, MaxConcurrency))
	}
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

// Axis is one coordinate of a level in its sweep.
type Axis struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// AxisConcurrency is the name of the axis that Concurrency sets.
const AxisConcurrency = "concurrency"

// Level is one point of a sweep. Its Workload is nil where it asks what the
// sweep asks.
type Level struct {
	Name     string
	Axes     []Axis
	Plan     Plan
	Workload workload.Workload
}

// Concurrency is a sweep over closed loops of the given numbers of slots.
func Concurrency(slots ...int) []Level {
	levels := make([]Level, len(slots))
	for i, n := range slots {
		levels[i] = Level{
			Name: fmt.Sprintf("c%d", n),
			Axes: []Axis{{AxisConcurrency, float64(n)}},
			Plan: Plan{Concurrency: n},
		}
	}
	return levels
}

// Runner runs one plan: on wall time against an endpoint, on virtual time, or
// on a fleet, and puts a record of each request into every sink.
//
// When ctx ends it stops sending, waits a little for what is in flight, and
// returns the window of what was measured, marked incomplete, with a nil error;
// an error means that the level could not be run or kept at all.
type Runner interface {
	Run(ctx context.Context, src workload.Source, p Plan, sinks ...record.Sink) (record.Window, error)
}
