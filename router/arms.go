package router

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
)

// bringUp is harness.Arm's Up.
type bringUp = func(context.Context) (harness.System, func(context.Context) error, error)

// arm is one mode while it is measured.
type arm struct {
	measured
	mode   Mode
	ups    int               // how often it was brought up
	before map[string]series // of the engines, before the run
	router series            // of the target, before the run
	upErr  error             // why it did not come up, the last time
	hint   string            // why nothing can be found, if so
}

// modes measures every mode, in turns where there are several.
func (p PrefixRatio) modes(ctx context.Context, dir string, r *Report) ([]measured, error) {
	arms := make([]*arm, len(p.Modes))
	for i, m := range p.Modes {
		arms[i] = &arm{mode: m, hint: p.shortPrefix(), measured: measured{
			name: string(m), dir: filepath.Join(dir, m.Folder()), places: map[string][][]place{}, planned: p.Pairs,
		}}
	}
	room := dir
	if len(arms) == 1 {
		room = arms[0].dir
	}
	if err := p.vacant(room); err != nil {
		return nil, err
	}
	if err := p.prerequisites(ctx); err != nil {
		return nil, err
	}
	var err error
	if len(arms) == 1 {
		err = p.alone(ctx, arms[0])
	} else {
		err = p.compare(ctx, dir, arms, r)
	}
	out := make([]measured, len(arms))
	for i, a := range arms {
		out[i] = a.measured
	}
	if err != nil && !slices.ContainsFunc(out, func(m measured) bool { return len(m.places) > 0 }) {
		for _, m := range out {
			err = errors.Join(err, failed(m.checks))
		}
		return nil, err // nothing to report on
	}
	return out, err
}

// compare measures the modes against each other.
func (p PrefixRatio) compare(ctx context.Context, dir string, arms []*arm, r *Report) error {
	byName := map[string]*arm{}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	c := harness.Comparing{
		Pairs: p.Pairs, Seed: p.Seed, Salt: p.Salt, Existing: p.Existing, NoPlot: p.NoPlot,
		Progress: p.Progress, Log: p.Log, Command: p.Command, Tool: p.Tool,
		Checks: []harness.Check{{
			Name: "router",
			Before: func(ctx context.Context, name string, sys harness.System) error {
				return byName[name].look(ctx, sys, p.leastWorkers())
			},
			After: func(ctx context.Context, name string, sys harness.System, run *result.Run) error {
				return byName[name].judge(ctx, sys, run, p.reuses())
			},
		}},
	}
	for _, a := range arms {
		byName[a.mode.Folder()] = a
		c.Arms = append(c.Arms, harness.Arm{Name: a.mode.Folder(), Sweep: p.sweepOfAll(), Up: stopAtMissing(a.name, p.up(a), stop), Keep: p.keeps(a.mode)})
	}
	var err error
	r.Comparison, err = c.Run(ctx, dir)
	if r.Comparison == nil {
		return err
	}
	for _, pair := range r.Comparison.Pairs {
		for _, run := range pair.Runs {
			a := byName[run.Arm]
			if !run.Good {
				p.Log.Debug("run not counted", "arm", run.Arm, "pair", pair.Number, "reason", run.Reason)
				continue
			}
			p.collect(a, filepath.Join(dir, filepath.FromSlash(run.Dir)))
		}
	}
	if missing := new(fixtures.MissingError); errors.As(context.Cause(ctx), &missing) {
		for _, a := range arms {
			a.stopped = true
		}
		return context.Cause(ctx)
	}
	for _, a := range r.Comparison.Arms {
		if ctx.Err() != nil {
			break // what had begun was stopped, as the cause says
		}
		switch arm := byName[a.Name]; {
		case arm.void != "":
			arm.stopped = true // the check that failed says why
		case arm.upErr != nil:
			err = errors.Join(err, fmt.Errorf("bring up %s: %w", a.Name, arm.upErr))
		case a.Dropped != "":
			err = errors.Join(err, fmt.Errorf("%s: %s", a.Name, a.Dropped))
		}
	}
	if len(r.Comparison.Pairs) < p.Pairs {
		for _, a := range arms {
			a.stopped = true // with nothing left to compare with, as State and Reason say
		}
	}
	if r.Comparison.State == result.ComparisonFailed {
		err = errors.Join(err, errors.New(r.Comparison.Reason))
	}
	return err
}

// stopAtMissing ends a comparison whose arm lacks a prerequisite: no repetition
// finds it.
func stopAtMissing(name string, up bringUp, stop context.CancelCauseFunc) bringUp {
	return func(ctx context.Context) (harness.System, func(context.Context) error, error) {
		sys, down, err := up(ctx)
		if missing := new(fixtures.MissingError); errors.As(err, &missing) {
			stop(fmt.Errorf("bring up %s: %w", name, err))
		}
		return sys, down, err
	}
}

// collect takes the whole levels of a run into its arm.
func (p PrefixRatio) collect(a *arm, dir string) {
	run, err := result.Load(dir)
	if err == nil {
		a.model = run.Target.Model
	}
	for _, pt := range p.points() {
		if err != nil || whole(run, pt.name) { // a run that cannot be read is named when it is merged
			a.put(pt.name, []place{{dir, pt.name}})
		}
	}
}

// sweepOfAll asks all ratios, one after the other.
func (p PrefixRatio) sweepOfAll() harness.Sweep {
	s := p.sweep()
	for _, pt := range p.points() {
		s.Levels = append(s.Levels, p.level(pt, p.Requests, p.Concurrency))
	}
	return s
}

// up brings a mode's stack up.
func (p PrefixRatio) up(a *arm) bringUp {
	return func(ctx context.Context) (harness.System, func(context.Context) error, error) {
		t, err := a.mode.topology(p.Bed)
		if err != nil {
			return nil, nil, err
		}
		a.ups++
		if p.Progress != nil && p.loads(a.mode) {
			p.Progress.Println(a.name + ": bringing up engines that load a model")
		}
		t.Artifacts = filepath.Join(a.dir, "logs", strconv.Itoa(a.ups))
		stack, err := fixtures.Up(ctx, t)
		if a.upErr = err; err != nil {
			return nil, nil, err
		}
		return stack, stack.Down, nil
	}
}

// alone measures one mode that nothing is compared with.
func (p PrefixRatio) alone(ctx context.Context, a *arm) error {
	for i := range p.Pairs {
		if err := p.once(ctx, a, repetition(i)); err != nil || ctx.Err() != nil || a.void != "" {
			return err
		}
	}
	return nil
}

// repetition is the name of a run of a mode, counted from 0.
func repetition(i int) string { return fmt.Sprintf("rep-%d", i+1) }

func (p PrefixRatio) once(ctx context.Context, a *arm, name string) (err error) {
	sys, down, err := p.up(a)(ctx)
	if err != nil {
		return fmt.Errorf("bring up %s: %w", a.name, err)
	}
	defer func() { err = errors.Join(err, down(context.WithoutCancel(ctx))) }()
	if err := a.look(ctx, sys, p.leastWorkers()); err != nil {
		return err
	}
	s := p.sweepOfAll()
	s.Name, s.Existing = name, p.Existing
	if p.Salt != "" {
		s.Salt = p.Salt + "/" + name
	}
	run, err := s.Run(ctx, sys, a.dir)
	if run == nil || err != nil {
		return err
	}
	if name == repetition(0) {
		if err := p.setAside(a.dir); err != nil {
			return err
		}
	}
	p.collect(a, run.Dir)
	if run.State != result.Complete {
		return notWhole(a.name+" "+name, run)
	}
	_ = a.judge(ctx, sys, run, p.reuses()) // its checks say it
	return nil
}

// reuses says that some ratio has prefixes to find.
func (p PrefixRatio) reuses() bool {
	for _, pt := range p.points() {
		if pt.workload.Reuses() {
			return true
		}
	}
	return false
}

// look notes how the counters of engines and router stand before a run, and
// refuses a router that knows fewer workers than must answer, where it tells.
func (a *arm) look(ctx context.Context, sys harness.System, least int) error {
	if have, ok := workersBehind(ctx, sys.Target().URL); ok && have < least {
		c := Check{Name: "workers", Arm: a.name, Detail: fmt.Sprintf("its router knows %d workers, %d were asked for", have, least)}
		a.checks = append(a.checks, c)
		return a.refuse(c)
	}
	a.before = engineSeries(ctx, sys)
	a.router, _ = scrape(ctx, sys.Target().Metrics) // judge says what does not answer
	return nil
}

// refuse says that a mode is not what it is called, which no other run mends.
func (a *arm) refuse(c Check) error {
	a.void = c.Detail
	return harness.Hopeless(fmt.Errorf("%w: %s is not measured as what it is called: %s", ErrCheck, a.name, c.Detail))
}

// judge looks at the router after a run, while it is up: whether it routed by
// what caches hold, if that is its name, and who answered. An error makes the
// run one that does not count, and the last of its mode.
func (a *arm) judge(ctx context.Context, sys harness.System, run *result.Run, reuse bool) error {
	after := engineSeries(ctx, sys)
	shares := engineShares(a.before, after)
	a.engines.merge(shares)
	a.counted = append(a.counted, shares)
	a.added = append(a.added, added(run, a.before, after))
	now, err := scrape(ctx, sys.Target().Metrics)
	s := growth{a.router, now}
	if err == nil {
		a.overhead = append(a.overhead, overhead(s))
	}
	c := Check{Name: "prefix aware", OK: true}
	switch a.mode.evidence() {
	case blind:
		return nil
	case told:
		if c = kvEvents(s, reuse); err != nil {
			c.Detail = err.Error()
		} else if !c.OK && a.hint != "" {
			c.Detail += ": " + a.hint
		}
	case guessed:
	}
	if hit, ok := bestHit(run); ok && reuse && c.OK {
		if c.Detail != "" {
			c.Detail += ", "
		}
		c.OK = hit > 0
		c.Detail += fmt.Sprintf("%.3f of the prompt tokens came from caches at best", hit)
	}
	c.Arm, c.Run = a.name, filepath.Base(run.Dir)
	a.checks = append(a.checks, c)
	if !c.OK {
		return a.refuse(c)
	}
	return nil
}

// bestHit is the highest hit rate of the levels; false where the server tells
// none.
func bestHit(run *result.Run) (best float64, ok bool) {
	for i := range run.Levels {
		if hit, known := run.Levels[i].Value(metric.CacheHitRatio.Def().Key); known {
			best, ok = max(best, hit), true
		}
	}
	return best, ok
}
