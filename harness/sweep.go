// Package harness drives a workload at a system, level by level, and keeps what
// happened. Sweep is the type to start from: a plain value that says what is
// asked and how much at once. Sweep.Run is the core that the command line calls;
// Run is the same inside a Go test, with artifacts and the test's own deadline.
//
//	stack := fixtures.Start(t, fixtures.KVRouted(4))
//	run := harness.Run(t, stack, harness.Sweep{Levels: load.Concurrency(1, 4, 16)})
//	sla.Require(t, run, sla.P90(metric.TTFT).AtMost(400*time.Millisecond))
package harness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dynbench/dynbench/harness/client"
	"github.com/dynbench/dynbench/harness/live"
	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/sla"
	"github.com/dynbench/dynbench/harness/target"
	"github.com/dynbench/dynbench/harness/tokens"
	"github.com/dynbench/dynbench/harness/workload"
)

// System is what is measured: a stack, or a bare target.Target. A system that
// also has a method Runner() load.Runner brings its own time; the others are
// measured on real time over real sockets.
type System interface{ Target() target.Target }

// Sweep is one benchmark: a workload, asked at several levels of load. Its zero
// value asks the original benchmark's default question at its default levels.
type Sweep struct {
	Name     string            // of the benchmark and its folder; required by Sweep.Run
	Workload workload.Workload // nil: workload.Synthetic{}
	Levels   []load.Level      // nil: DefaultLevels
	Warmup   load.Stop         // of levels whose plan names none; zero: one request a slot
	Measure  load.Stop         // likewise; zero: load.DefaultRequests
	Repeats  int               // of each level; 0: 1
	Cooldown time.Duration     // between levels
	Seed     int64             // 0: 1
	Salt     string            // changes every prompt; "": a random one, kept in run.json

	Tokenizer tokens.Tokenizer // nil: tokens.Approx{}
	Metrics   metric.Set       // zero: metric.Standard()
	Goodput   []metric.Limit   // what makes a request good; nil: goodput is not reported
	// Goals are judged when the run ends and kept as its Assertions. A level that
	// leaves the number of requests to the default gets as many as a percentile
	// among them needs to be told apart from chance.
	Goals []sla.Goal

	Client ClientOptions
	// ReadyTimeout bounds the wait for the target; negative: do not wait; 0:
	// DefaultReadyTimeout.
	ReadyTimeout time.Duration
	MaxErrorRate float64 // above it a level has failed; 0: DefaultMaxErrorRate; or NoErrors
	StopOnError  bool    // a failed level ends the run
	// AbortErrorRate and AbortAfterFailures cut a level short: the share of failed
	// requests, of at least ten and of one a slot, and their number. 0: never.
	AbortErrorRate     float64
	AbortAfterFailures int

	// Beside, if not nil, is called as each level starts, beside it, and changes the
	// target while it is measured, as fixtures.Churn does. Its ctx ends with the
	// level; it returns what was done when, with times from base, where the clock of
	// the records is 0.
	Beside func(ctx context.Context, base time.Time) []result.Event

	Existing Existing // what to do about results that are there already
	// Flat puts the run into the given folder itself, with its plots and SUMMARY in
	// it; a single level without repeats lies beside run.json, as AIPerf lays it out.
	Flat     bool
	NoPlot   bool
	Progress *live.View      // nil: none is shown
	Log      *slog.Logger    // nil: slog.Default
	Config   json.RawMessage // as the user gave it, for run.json
	Command  string          // likewise
	Tool     result.Tool

	folder string // of the run, below the given one, in place of Name
	prefix string // of what Progress calls the levels
}

// ClientOptions are what requests carry besides the workload's own.
type ClientOptions struct {
	Endpoint client.Endpoint
	Headers  map[string][]string
	APIKey   string // never written anywhere
	Extra    map[string]any
	Dialect  *client.Dialect // nil: what the probe finds the target to take

	// Limits of a request: of opening a connection, to the first token, between
	// tokens, and whole. 0: the client's defaults, or none.
	Connect, FirstToken, BetweenTokens, Timeout time.Duration

	RawGaps        bool // keep the gaps of each request in order
	AIPerfCounting bool // count broken streams as AIPerf does
}

// Existing says what to do when the folder of a benchmark holds results.
type Existing uint8

// The ways with results that are there already.
const (
	Refuse    Existing = iota // end with ErrExists
	Resume                    // skip levels that are whole, redo the others
	Overwrite                 // move the levels that are planned out of the way
	Fresh                     // want an empty folder
)

// Defaults of a sweep.
const (
	DefaultReadyTimeout = 60 * time.Second
	DefaultMaxErrorRate = 0.01
)

// NoErrors, as Sweep.MaxErrorRate, lets the first error fail a level.
const NoErrors = -1

// DefaultLevels are the concurrencies of the original benchmark.
func DefaultLevels() []load.Level { return load.Concurrency(1, 2, 5, 10, 50, 100, 250) }

// ErrUsage marks what the user asked for in a form that cannot be run; nothing
// was written.
var ErrUsage = errors.New("wrong use")

func (s Sweep) withDefaults() Sweep {
	if s.Workload == nil {
		s.Workload = workload.Synthetic{}
	}
	if len(s.Levels) == 0 {
		s.Levels = DefaultLevels()
	}
	s.Levels = slices.Clone(s.Levels)
	for i := range s.Levels {
		l := &s.Levels[i]
		byRule := l.Plan.Measure.Zero() && s.Measure.Zero()
		l.Plan = l.Plan.WithDefaults(s.Warmup, s.Measure)
		for _, g := range s.Goals {
			if byRule && g.Covers(l.Name) {
				l.Plan.Measure.Requests = max(l.Plan.Measure.Requests, goalRequests(g))
			}
		}
		if l.Workload == nil {
			l.Workload = s.Workload
		}
	}
	s.Repeats = max(s.Repeats, 1)
	if s.Seed == 0 {
		s.Seed = 1
	}
	if s.Tokenizer == nil {
		s.Tokenizer = tokens.Approx{}
	}
	if len(s.Metrics.Defs()) == 0 {
		s.Metrics = metric.Standard()
	}
	if s.ReadyTimeout == 0 {
		s.ReadyTimeout = DefaultReadyTimeout
	}
	switch s.MaxErrorRate {
	case 0:
		s.MaxErrorRate = DefaultMaxErrorRate
	case NoErrors:
		s.MaxErrorRate = 0
	}
	if s.Log == nil {
		s.Log = slog.Default()
	}
	if s.Tool.Name == "" {
		s.Tool.Name = "dynbench"
	}
	return s
}

// manyRequests is what a goal on p99 raises a level to; those on lower
// percentiles are told apart by the requests that a level has anyway, or by the
// point estimate.
const manyRequests = 300

func goalRequests(g sla.Goal) int {
	if p, ok := g.Percentile(); ok && p >= 99 {
		return manyRequests
	}
	return 0
}

// validate names everything that is wrong with a sweep, before anything is
// asked or written.
func (s Sweep) validate() error {
	var errs []error
	if _, err := CheckName(s.Name); err != nil {
		errs = append(errs, err)
	}
	seen := map[string]bool{}
	for _, l := range s.Levels {
		if err := l.Plan.Validate(); err != nil {
			errs = append(errs, fmt.Errorf("level %s: %w", l.Name, err))
		}
		if l.Name == "" || seen[l.Name] {
			errs = append(errs, fmt.Errorf("level name %q: want distinct names", l.Name))
		}
		seen[l.Name] = true
		if v, ok := l.Workload.(interface{ Validate() error }); ok {
			if err := v.Validate(); err != nil {
				errs = append(errs, fmt.Errorf("level %s: %w", l.Name, err))
			}
		}
	}
	if s.MaxErrorRate < 0 || s.MaxErrorRate > 1 {
		errs = append(errs, fmt.Errorf("highest error rate %g: want 0 to 1", s.MaxErrorRate))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%w: %w", ErrUsage, err)
	}
	return nil
}

// namePattern is the original benchmark's, less a leading minus, which command
// lines would take for a flag.
var namePattern = regexp.MustCompile(`^[a-zA-Z0-9_][a-zA-Z0-9_-]{0,127}$`)

// CheckName trims the name of a benchmark and says whether it can be one: a
// folder of its own beside the plots.
func CheckName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if !namePattern.MatchString(name) {
		return "", fmt.Errorf("benchmark name %q: want 1 to 128 letters, digits, _ and -, the first no -", name)
	}
	for _, r := range result.Reserved() {
		if strings.EqualFold(name, r) {
			return "", fmt.Errorf("benchmark name %q: reserved for a folder of the tool (%s)", name, strings.Join(result.Reserved(), ", "))
		}
	}
	return name, nil
}
