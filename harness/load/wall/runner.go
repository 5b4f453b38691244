// Package wall runs plans on real time over real sockets: the load.Runner of
// every measurement against an endpoint that answers in the same time as we do.
// It promises nothing to other modules.
package wall

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/dynbench/dynbench/harness/client"
	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/workload"
)

// InterruptGrace is how long an interrupted level waits for what is in flight.
const InterruptGrace = 5 * time.Second

// Runner drives a client. Stamps and Window are on the client's clock.
type Runner struct {
	Client *client.Client
	Sent   func() // called before each send, by many goroutines; nil: nobody is told
}

var _ load.Runner = Runner{}

// Run opens one connection a slot, then runs p until its end or that of ctx.
func (r Runner) Run(ctx context.Context, src workload.Source, p load.Plan, sinks ...record.Sink) (record.Window, error) {
	if err := p.Validate(); err != nil {
		return record.Window{}, fmt.Errorf("plan: %w", err)
	}
	slots, err := r.Client.Slots(ctx, p.Concurrency)
	defer func() {
		for _, s := range slots {
			s.Close()
		}
	}()
	if err != nil {
		return record.Window{}, err
	}
	ahead := prefetch(ctx, src, r.Client, p.Concurrency)
	defer ahead.close()
	ahead.ready(ctx)

	l := newLoop(r.Client, p, ahead)
	if l.sent = r.Sent; l.sent == nil {
		l.sent = func() {}
	}
	kept := collect(sinks, l.fail)
	l.run(ctx, slots, kept)
	window, err := kept.close()
	return l.window(ctx, window), l.cause(err)
}

// loop shares one driver between the goroutines of the slots.
type loop struct {
	client *client.Client
	clock  record.Clock
	plan   load.Plan
	sent   func()

	mu     sync.Mutex
	driver *load.Driver
	err    error // the first that ended the level

	idle chan *worker  // those without a turn
	wake chan struct{} // a worker fell idle, or the loop failed
}

// worker is one slot's goroutine.
type worker struct {
	slot *client.Slot
	in   chan load.Turn
}

func newLoop(c *client.Client, p load.Plan, src workload.Source) *loop {
	return &loop{
		client: c, clock: c.Clock(), plan: p, driver: load.NewDriver(p, src),
		idle: make(chan *worker, p.Concurrency), wake: make(chan struct{}, 1),
	}
}

// run sends until nothing more is to be sent, then drains.
func (l *loop) run(ctx context.Context, slots []*client.Slot, out *collector) {
	// What is in flight outlives ctx by its grace.
	flight, abort := context.WithCancelCause(context.WithoutCancel(ctx))
	defer abort(nil)
	var wg sync.WaitGroup
	workers := make([]*worker, len(slots))
	for i, s := range slots {
		w := &worker{slot: s, in: make(chan load.Turn, 1)}
		workers[i] = w
		l.idle <- w
		wg.Go(func() { l.work(flight, w, out) })
	}
	interrupted := l.dispatch(ctx)
	for _, w := range workers {
		close(w.in)
	}
	grace := l.plan.Grace
	if interrupted {
		grace = InterruptGrace
	}
	l.drain(ctx, &wg, grace, abort)
}

// drain waits for the workers; when grace has passed (0: never), or passes
// after ctx ended, it cancels what they wait for.
func (l *loop) drain(ctx context.Context, wg *sync.WaitGroup, grace time.Duration, abort context.CancelCauseFunc) {
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	interrupt := ctx.Done()
	var limit <-chan time.Time
	if grace > 0 {
		limit = time.After(grace)
	}
	for {
		select {
		case <-done:
			return
		case <-interrupt:
			interrupt, limit = nil, time.After(InterruptGrace)
		case <-limit:
			abort(fmt.Errorf("cancelled: still in flight %s after the last send", grace))
			<-done
			return
		}
	}
}

// dispatch hands turns to idle workers until the driver ends; true: it was
// stopped by ctx or by a failure.
func (l *loop) dispatch(ctx context.Context) (interrupted bool) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		if ctx.Err() != nil {
			l.stop()
			return true
		}
		step, ok := l.next()
		if !ok {
			return true
		}
		switch step.Kind {
		case load.End:
			return false
		case load.Send:
			w := <-l.idle
			w.in <- step.Turn
			continue
		}
		var at <-chan time.Time
		if step.Until != load.Forever {
			timer.Reset(step.Until - l.now())
			at = timer.C
		}
		select {
		case <-at:
		case <-l.wake:
		case <-ctx.Done():
		}
	}
}

// work sends the turns that it is handed, and after each those that are due at
// once, without another goroutine in between.
func (l *loop) work(ctx context.Context, w *worker, out *collector) {
	for turn := range w.in {
		for {
			reply := l.send(ctx, w.slot, turn, out)
			step, ok := l.after(turn, reply)
			if !ok || step.Kind != load.Send {
				break
			}
			turn = step.Turn
		}
		l.idle <- w
		l.wakeUp()
	}
}

func (l *loop) send(ctx context.Context, s *client.Slot, t load.Turn, out *collector) *workload.Reply {
	rec := record.Record{
		ID: t.Request.ID, Session: t.Session, Turn: t.Index, Phase: t.Phase,
		Class: t.Request.Class, Intended: int64(t.Intended),
		Level: l.plan.Place.Level, Repeat: l.plan.Place.Repeat, Shard: l.plan.Place.Shard,
	}
	l.sent()
	reply := s.Do(ctx, t.Request, t.Request.Body, &rec)
	out.put(rec)
	return &reply
}

func (l *loop) now() time.Duration { return time.Duration(l.clock.Now()) }

// next asks the driver; ok is false when the level has failed.
func (l *loop) next() (step load.Step, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.step()
}

// after reports the end of a turn and asks for the next one.
func (l *loop) after(t load.Turn, reply *workload.Reply) (step load.Step, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.driver.Done(l.now(), t.Request.ID, reply); err != nil {
		l.failLocked(err)
	}
	return l.step()
}

func (l *loop) step() (load.Step, bool) {
	if l.err != nil {
		return load.Step{}, false
	}
	step, err := l.driver.Next(l.now())
	if err != nil {
		l.failLocked(err)
		return load.Step{}, false
	}
	return step, true
}

// fail ends the level.
func (l *loop) fail(err error) {
	l.mu.Lock()
	l.failLocked(err)
	l.mu.Unlock()
	l.wakeUp()
}

func (l *loop) failLocked(err error) {
	if l.err == nil {
		l.err = err
		l.driver.Stop()
	}
}

func (l *loop) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.driver.Stop()
}

func (l *loop) wakeUp() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// cause is the error of the level.
func (l *loop) cause(collected error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	return collected
}

// window completes what the collector saw by what the driver knows.
func (l *loop) window(ctx context.Context, w record.Window) record.Window {
	l.mu.Lock()
	defer l.mu.Unlock()
	w.Warmup, w.Sent = l.driver.Sent()
	steady := l.driver.Steady()
	w.SteadyStart, w.SteadyEnd = int64(steady.From), int64(steady.To)
	w.Planned = max(l.plan.Measure.Requests, 0)
	switch {
	case l.err != nil:
		w.Reason = l.err.Error()
	case ctx.Err() != nil:
		w.Reason = context.Cause(ctx).Error()
	default:
		w.Complete = true
	}
	return w
}
