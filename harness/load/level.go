package load

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/dynbench/dynbench/harness/arrival"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/workload"
)

// Axis is one coordinate of a level in its sweep.
type Axis struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// The names of the axes that Concurrency and Rate set.
const (
	AxisConcurrency = "concurrency"
	AxisRequestRate = "request_rate" // arrivals a second
)

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

// Spread is the given levels with slots that start evenly over d.
func Spread(d time.Duration, levels []Level) []Level {
	out := slices.Clone(levels)
	for i := range out {
		out[i].Plan.Spread = d
	}
	return out
}

// Rate is a sweep over open loops with the given arrivals, named by their mean
// rate: "r20", "r0.5".
func Rate(arrivals ...arrival.Process) []Level {
	levels := make([]Level, len(arrivals))
	for i, a := range arrivals {
		levels[i] = Level{
			Name: "r" + strconv.FormatFloat(a.Mean(), 'f', -1, 64),
			Axes: []Axis{{AxisRequestRate, a.Mean()}},
			Plan: Plan{Arrival: a},
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
