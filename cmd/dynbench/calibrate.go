package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/dynbench/dynbench/fixtures/reference"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/arrival"
	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/target"
	"github.com/dynbench/dynbench/harness/workload"
	"github.com/dynbench/dynbench/internal/scratch"
)

// calibration is how the ceiling of a machine is looked for: rising steps, each
// for Span, up to the first that this client cannot hold.
type calibration struct {
	Streams   []int     // paced streams at once
	Rates     []float64 // requests/s of an open loop
	Span      time.Duration
	OSL       int  // of a paced stream
	Slots     int  // of unpaced streams
	InProcess bool // the server too, where it cannot have a process of its own
}

// usualCalibration takes about ten seconds.
func usualCalibration() calibration {
	return calibration{
		Streams: []int{50, 200, 500, 1000, 2000}, Rates: []float64{500, 2000, 5000},
		Span: 600 * time.Millisecond, OSL: 24, Slots: 16,
	}
}

// Bounds of a calibration.
const (
	mostLag       = 0.5 // ms behind their turn at p99, of arrivals that are held
	unpacedOSL    = 256
	calibratedISL = 16
	mostOff       = 1.0 // ms off the server's record at p50 and p99, of a TTFT that is true
)

// calibrate measures the ceiling and says which of the planned levels lie above.
func (e *examination) calibrate(ctx context.Context, c calibration, planned []int) error {
	dir, err := scratch.Make()
	if err != nil {
		return fmt.Errorf("calibrate: %w", err)
	}
	defer func() { _ = dir.Remove() }()
	found, err := c.measure(ctx, dir.Path())
	if err != nil {
		return fmt.Errorf("calibrate: %w", err)
	}
	e.err = errors.Join(e.err, found.print(e, c))
	e.levels(found.streams, planned)
	return nil
}

func (c calibration) measure(ctx context.Context, dir string) (found ceiling, err error) {
	pace := reference.Usual()
	found.perStream = int(time.Second / pace.ITL)
	err = c.against(ctx, reference.Config{Pace: pace}, func(t peer) (err error) {
		found.streams, err = c.streams(ctx, t, dir)
		return err
	})
	if err != nil {
		return found, err
	}
	err = c.against(ctx, reference.Config{}, func(t peer) (err error) {
		if found.tokens, err = c.tokens(ctx, t, dir); err != nil {
			return err
		}
		found.arrivals, err = c.arrivals(ctx, t, dir)
		return err
	})
	return found, err
}

// peer is a reference server and its record.
type peer struct {
	target.Target
	record func(context.Context) ([]reference.Entry, error)
}

// against runs f with a reference server, in a process of its own if it can be.
func (c calibration) against(ctx context.Context, cfg reference.Config, f func(peer) error) (err error) {
	t := peer{Target: target.Target{Model: reference.DefaultModel}}
	if !c.InProcess {
		if p, err := reference.Spawn(ctx, cfg); err == nil {
			t.URL, t.record = p.URL(), p.Record
			return errors.Join(f(t), p.Close())
		}
	}
	s, err := reference.Start(ctx, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	t.URL, t.Parts = s.URL(), []target.PartInfo{{Name: "reference", Provider: "embedded"}}
	t.record = func(context.Context) ([]reference.Entry, error) { return s.Record(), nil }
	return f(t)
}

// streams raises the number of paced streams.
func (c calibration) streams(ctx context.Context, t peer, dir string) (step, error) {
	return climb(c.Streams, func(n int) (string, error) {
		if why := missingFiles(n, t.Target); why != "" {
			return why, nil
		}
		l, err := c.level(ctx, t, dir, load.Concurrency(n)[0], c.OSL, load.For(c.Span))
		if err != nil {
			return "", err
		}
		switch {
		case !l.State.Whole():
			return l.Reason, nil
		case l.ClientLimited:
			return strings.Join(l.LimitedBy, "; "), nil
		}
		return t.contradicts(ctx, l)
	})
}

// contradicts holds the TTFT of a level against the server's record of the same
// requests.
func (t peer) contradicts(ctx context.Context, l *result.Level) (string, error) {
	entries, err := t.record(ctx)
	if err != nil {
		return "", err
	}
	var ms []float64
	for _, e := range entries {
		if e.Arrived >= l.Started.UnixNano() && e.Events > 0 {
			ms = append(ms, float64(e.TTFT())/1e6)
		}
	}
	slices.Sort(ms)
	for _, p := range []float64{50, 99} {
		q, ok := l.Quantile(metric.TTFT.Def().Key, p)
		if !ok || len(ms) == 0 {
			continue
		}
		if is := ranked(ms, p); math.Abs(q.Value-is) > mostOff {
			return fmt.Sprintf("TTFT p%g %.2f ms, but %.2f in the server's record", p, q.Value, is), nil
		}
	}
	return "", nil
}

// ranked interpolates between the sorted values at rank p(n-1), as metrics do.
func ranked(sorted []float64, p float64) float64 {
	rank := p / 100 * float64(len(sorted)-1)
	low := int(rank)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (rank-float64(low))*(sorted[high]-sorted[low])
}

// missingFiles says why n connections to t cannot be open, if so.
func missingFiles(n int, t target.Target) string {
	need := uint64(n + spareFiles)
	if len(t.Parts) > 0 { // the other ends are this process's too
		need += uint64(n)
	}
	if limit, known := openFiles(); known && limit < need {
		return fmt.Sprintf("open files: limit %d, %d needed: raise it (ulimit -n %d)", limit, need, need)
	}
	return ""
}

// tokens is the rate of unpaced streams.
func (c calibration) tokens(ctx context.Context, t peer, dir string) (float64, error) {
	l, err := c.level(ctx, t, dir, load.Concurrency(c.Slots)[0], unpacedOSL, load.For(c.Span))
	if err != nil {
		return 0, err
	}
	if !l.State.Whole() {
		return 0, fmt.Errorf("%d unpaced streams: %s", c.Slots, l.Reason)
	}
	v, _ := l.Value(metric.OutputTokenThroughput.Def().Key)
	return v, nil
}

// arrivals raises the rate of an open loop.
func (c calibration) arrivals(ctx context.Context, t peer, dir string) (step, error) {
	return climb(c.Rates, func(rate float64) (string, error) {
		n := max(1, int(rate*c.Span.Seconds()))
		l, err := c.level(ctx, t, dir, load.Rate(arrival.Constant{Rate: rate})[0], 1, load.Requests(n))
		if err != nil {
			return "", err
		}
		if !l.State.Whole() {
			return l.Reason, nil
		}
		q, ok := l.Quantile(metric.SendLag.Def().Key, 99)
		if ok && q.Value <= mostLag {
			return "", nil
		}
		return fmt.Sprintf("send lag p99 %.2f ms, more than %.2f", q.Value, mostLag), nil
	})
}

// level measures one level, which may have failed.
func (c calibration) level(ctx context.Context, t peer, dir string, l load.Level, osl int, measure load.Stop) (*result.Level, error) {
	warmup := load.NoWarmup
	if l.Plan.Open() { // its first connections are opened in turn, not before
		warmup = load.Stop{}
	}
	run, err := harness.Sweep{
		Name: l.Name, Workload: workload.Synthetic{ISL: calibratedISL, OSL: osl}, Levels: []load.Level{l},
		Warmup: warmup, Measure: measure, NoPlot: true, Existing: harness.Overwrite,
		Log: slog.New(slog.DiscardHandler), Tool: result.Tool{Name: "dynbench", Version: version},
	}.Run(ctx, t.Target, dir)
	switch {
	case err != nil:
		return nil, err
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case len(run.Levels) == 0:
		return nil, fmt.Errorf("level %s: %s", l.Name, cmp.Or(run.Reason, "not run"))
	}
	return &run.Levels[0], nil
}
