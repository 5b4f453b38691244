package harness

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"path/filepath"
	"time"

	"github.com/dynbench/dynbench/harness/live"
	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/observe"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/workload"
)

// level runs one level and writes its files. A level that could not be run or
// kept at all is written as failed, with the error as its reason.
func (m *measurement) level(ctx context.Context, t task) (*result.Level, error) {
	l := m.newLevel(t)
	l.Started, l.Base = time.Now(), m.clock.Base()
	path, err := result.StartLevel(m.dir, m.run, l)
	if err != nil {
		return l, err
	}
	if m.target.Reset != nil {
		if err := m.target.Reset(ctx); err != nil {
			l.Warnings = append(l.Warnings, fmt.Sprintf("caches not emptied: %v", err))
		}
	}
	gather := result.NewGather(m.sweep.Metrics, m.sweep.Goodput...)
	bar := m.bar(t)
	watch := observe.Start(ctx, observe.Config{URLs: m.target.Metrics, Now: m.clock.Now})
	cpu, gc, steps := startCPU(), startGC(), m.client.ClockSteps()
	beside := m.beside(ctx)
	window, runErr := m.drive(ctx, t, path, gather, bar)
	l.Events = beside()
	l.Ended = time.Now()
	l.Detail.Client.CPUBusy = cpu.share()
	gc.fill(&l.Detail.Client)
	points := m.observed(ctx, watch, l)
	gather.Fill(l, metric.Facts{Window: window, Concurrency: l.Concurrency, GPUs: m.target.GPUs})
	l.Settle(m.sweep.MaxErrorRate)
	if runErr != nil && ctx.Err() == nil {
		l.State, l.Reason = result.LevelFailed, runErr.Error()
	}
	bar.Done(string(l.State), l.Reason)
	l.LimitedBy = limits(l, m.target)
	l.ClientLimited = len(l.LimitedBy) > 0
	l.Warnings = append(l.Warnings, levelWarnings(l, reuses(t.level.Workload))...)
	l.Warnings = append(l.Warnings, clockWarning(m.client.ClockSteps()-steps)...)
	err = errors.Join(m.inputs(path, t, window), m.writePoints(path, points), result.WriteLevel(m.dir, m.run, l))
	m.run.TokenSource, m.run.StampSource = sources(m.run.Levels)
	if runErr != nil && ctx.Err() == nil && !unreachable(runErr) {
		err = errors.Join(fmt.Errorf("level %s: %w", l.Label(), runErr), err)
	}
	return l, err
}

// unreachable says that the target takes no connection. That fails the level
// and not the sweep, as refused requests do: the next levels tell for themselves.
func unreachable(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

func (m *measurement) newLevel(t task) *result.Level {
	axes := map[string]float64{}
	for _, a := range t.level.Axes {
		axes[a.Name] = a.Value
	}
	return &result.Level{
		Name: t.level.Name, Dir: t.dir, Concurrency: t.level.Plan.Concurrency,
		Axes: axes, Repeat: t.repeat, Window: record.Window{Planned: max(t.level.Plan.Measure.Requests, 0)},
	}
}

// drive runs the plan with all sinks, while it watches the target's parts.
func (m *measurement) drive(ctx context.Context, t task, path string, gather *result.Gather, bar *live.Bar) (w record.Window, err error) {
	src, err := t.level.Workload.Open(ctx, m.scope(t))
	if err != nil {
		return w, fmt.Errorf("open workload: %w", err)
	}
	file, err := record.Create(filepath.Join(path, result.RecordsFile), result.LinesOf(m.clock.Base(), m.sweep.Metrics))
	if err != nil {
		return w, err
	}
	plan := t.level.Plan
	plan.Place = load.Place{Level: t.index, Repeat: t.repeat}
	plan.Seed = m.arrivalSeed(t)
	if plan.Spread == 0 && !plan.Open() {
		plan.Spread = min(m.probe.TTFT, load.MaxSpread)
	}
	ctx, abort := context.WithCancelCause(ctx)
	defer abort(nil)
	watched, stop := m.watch(ctx)
	defer stop()
	w, err = m.runner(bar.Sent).Run(watched, src, plan, file, gather, bar,
		&aborter{rate: m.sweep.AbortErrorRate, after: m.sweep.AbortAfterFailures, least: max(leastAborted, t.level.Plan.Concurrency), abort: abort})
	return w, errors.Join(err, file.Close(), m.failed())
}

// bar shows the level's progress.
func (m *measurement) bar(t task) *live.Bar {
	p := t.level.Plan
	return m.sweep.Progress.Level(m.sweep.prefix+t.label(), p.Concurrency, max(p.Measure.Requests, 0), p.Measure.Duration)
}

// watch ends the level when a part of the target dies: what follows would
// measure nothing.
func (m *measurement) watch(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	if m.target.Failed == nil {
		return ctx, func() { cancel(nil) }
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if err := m.failed(); err != nil {
					cancel(fmt.Errorf("a part of the target died: %w", err))
					return
				}
			}
		}
	}()
	return ctx, func() { cancel(nil); <-done }
}

func (m *measurement) scope(t task) workload.Scope {
	return workload.Scope{
		Level: t.level.Name, Repeat: t.repeat, Seed: m.sweep.Seed, Salt: m.salt(t), Tokenizer: m.sweep.Tokenizer,
	}
}

// salt is the run's, changed for a level that is done again: the target has
// seen the prompts of the first attempt and may hold them in its cache.
func (m *measurement) salt(t task) string {
	before, err := filepath.Glob(filepath.Join(m.dir, ".old-*", filepath.FromSlash(t.dir)))
	if err != nil || len(before) == 0 {
		return m.sweep.Salt
	}
	return fmt.Sprintf("%s/%d", m.sweep.Salt, len(before))
}

// arrivalSeed differs between levels and repeats, and is the same for the same
// seed of the run.
func (m *measurement) arrivalSeed(t task) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d/%s/%d", m.sweep.Seed, t.level.Name, t.repeat)
	return h.Sum64()
}

// inputs writes what was asked, by asking the workload again: it gives the same
// sessions for the same scope, and nothing is kept or written meanwhile.
func (m *measurement) inputs(path string, t task, w record.Window) error {
	ctx := context.Background()
	src, err := t.level.Workload.Open(ctx, m.scope(t))
	if err != nil {
		return fmt.Errorf("inputs: %w", err)
	}
	in, err := result.CreateInputs(path, 0)
	if err != nil {
		return err
	}
	defer in.Abandon()
	for id := range uint64(w.Warmup + w.Sent) {
		body, err := m.firstBody(ctx, src, id+1)
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = in.Add(id, body)
		}
		if err != nil {
			return fmt.Errorf("inputs: %w", err)
		}
	}
	return in.Close()
}

func (m *measurement) firstBody(ctx context.Context, src workload.Source, id uint64) ([]byte, error) {
	session, err := src.Next(ctx)
	if err != nil {
		return nil, err
	}
	req, _, err := session.Next(nil)
	if err != nil {
		return nil, err
	}
	req.ID = id
	return m.client.Encode(req)
}
