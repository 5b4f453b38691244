package harness

import (
	"context"
	"log/slog"

	"github.com/dynbench/dynbench/harness/live"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
)

// Arm is one of the things that a comparison measures in turns.
type Arm struct {
	Name string // of the arm and of its folder: "kv", "round-robin"
	// Sweep is what is asked of it. Compare sets its Name, Seed, Salt and Existing,
	// and Progress, Log, Command and Tool where it has none.
	Sweep Sweep
	// Up brings the arm up before each of its runs; what it returns beside the
	// System takes it down after the run and is called once, also when ctx has
	// ended. Caches are cold by the restart.
	Up func(ctx context.Context) (System, func(context.Context) error, error)
	// Keep leaves the arm up from its first run to the end of the comparison. Its
	// caches are emptied by the Target's Reset, or get prompts that they have never
	// seen. An arm that failed is brought up anew.
	Keep bool
}

// Standing is an arm's Up for a system that stands already and stays.
func Standing(sys System) func(context.Context) (System, func(context.Context) error, error) {
	return func(context.Context) (System, func(context.Context) error, error) {
		return sys, func(context.Context) error { return nil }, nil
	}
}

// Check looks at an arm before and after each of its runs, while it is up. An
// error makes the run one that cannot be compared, as if it had failed. Either
// function may be nil. After may add to the run's Warnings and Assertions:
// run.json is written again when it returns.
type Check struct {
	Name   string
	Before func(ctx context.Context, arm string, sys System) error
	After  func(ctx context.Context, arm string, sys System, run *result.Run) error
}

// Hopeless marks an error of an Arm's Up, or of a Check, that no other run would
// mend: the arm is left out of the comparison at once. The error reads as before.
func Hopeless(err error) error { return hopeless{err} }

type hopeless struct{ error }

func (h hopeless) Unwrap() error { return h.error }

// Comparing is a comparison to be made: arms in interleaved pairs. Its zero value
// lacks the arms alone.
type Comparing struct {
	Name  string // "": the name of its folder
	Arms  []Arm  // two at least; the first is the base that the others are compared with
	Pairs int    // 0: DefaultPairs
	Seed  int64  // of orders and prompts; 0: 1
	Salt  string // changes every prompt; "": a random one, kept in comparison.json
	// Metrics are the keys or short names of what is compared; nil: DefaultCompared.
	Metrics []string
	Checks  []Check

	Existing Existing // of what lies in the folder: Refuse, Fresh or Overwrite
	NoPlot   bool
	Progress *live.View // nil: none is shown
	Log      *slog.Logger
	Command  string
	Tool     result.Tool
}

// DefaultPairs is the number of pairs that a comparison has unless told: the
// interval over five is about 1.2 standard deviations to each side.
const DefaultPairs = 5

// DefaultCompared are the metrics that are compared where none are named.
func DefaultCompared() []string {
	return []string{
		metric.TTFT.Def().Key, metric.ITL.Def().Key, metric.RequestLatency.Def().Key,
		metric.RequestThroughput.Def().Key, metric.OutputTokenThroughput.Def().Key,
		metric.CacheHitRatio.Def().Key, metric.ErrorRate.Def().Key, metric.Goodput.Def().Key,
	}
}

// Compare is the short form of Comparing.Run.
func Compare(ctx context.Context, arms []Arm, pairs int, dir string) (*result.Comparison, error) {
	return Comparing{Arms: arms, Pairs: pairs}.Run(ctx, dir)
}
