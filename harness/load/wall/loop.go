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

// loop shares one driver between the goroutine that waits for turns and those of
// the slots.
type loop struct {
	client *client.Client
	clock  record.Clock
	plan   load.Plan
	sent   func()
	pace   pacer
	out    *collector
	flight context.Context // of all requests: outlives the level's by its grace

	mu     sync.Mutex
	driver *load.Driver
	err    error         // the first that ended the level
	waits  time.Duration // until when pace waits; 0: it does not
	pool   pool
}

func newLoop(r Runner, p load.Plan, src workload.Source, pace pacer) *loop {
	l := &loop{
		client: r.Client, clock: r.Client.Clock(), plan: p, sent: r.Sent, pace: pace,
		driver: load.NewDriver(p, src), pool: pool{most: p.MaxInFlight, short: make(chan struct{}, 1)},
	}
	if p.Open() {
		l.pool.spare = r.connections(p)
	}
	if l.sent == nil {
		l.sent = func() {}
	}
	return l
}

// run sends until nothing more is to be sent, then drains.
func (l *loop) run(ctx context.Context, slots []*client.Slot, out *collector) {
	flight, abort := context.WithCancelCause(context.WithoutCancel(ctx))
	defer abort(nil)
	l.flight, l.out = flight, out
	l.add(slots)
	stopSpare := l.keepSpare(ctx)
	unwatch := context.AfterFunc(ctx, l.pace.wake)
	interrupted := l.dispatch(ctx)
	unwatch()
	stopSpare()
	grace := l.plan.Grace
	if interrupted {
		grace = InterruptGrace
	}
	l.drain(ctx, l.pool.dismiss(), grace, abort)
}

// drain waits for the workers; when grace has passed (0: never), or passes
// after ctx ended, it cancels what they wait for.
func (l *loop) drain(ctx context.Context, done <-chan struct{}, grace time.Duration, abort context.CancelCauseFunc) {
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
			interrupt, grace = nil, InterruptGrace
			limit = time.After(grace)
		case <-limit:
			abort(fmt.Errorf("cancelled: still in flight %s after the last send", grace))
			<-done
			return
		}
	}
}

// dispatch hands turns to idle workers when they are due, until the driver ends;
// true: it was stopped by ctx or by a failure.
func (l *loop) dispatch(ctx context.Context) (interrupted bool) {
	for {
		if ctx.Err() != nil {
			l.stop()
			return true
		}
		step, w, ok := l.next()
		switch {
		case !ok:
			return true
		case step.Kind == load.End:
			return false
		case step.Kind == load.Send:
			l.hand(w, step.Turn)
		default:
			if err := l.pace.until(step.Until); err != nil {
				l.fail(err)
			}
		}
	}
}

// hand gives w a turn. In an open loop the request is written here, if that does
// not wait: a goroutine that has to be woken first would stand behind all that
// read answers, and the busier the client is the later it would send.
func (l *loop) hand(w *worker, t load.Turn) {
	if w.asked = l.plan.Open() && w.slot.SendsAtOnce(t.Request.Body); w.asked {
		l.ask(w, t)
	}
	w.in <- t // which never waits: w is idle
}

// work sends the turns that it is handed, unless they are sent, and after each
// those that are due at once, without another goroutine in between.
func (l *loop) work(w *worker) {
	for turn := range w.in {
		for more := true; more; {
			if !w.asked {
				l.ask(w, turn)
			}
			w.asked = false
			reply := w.slot.Receive()
			l.out.put(w.rec)
			turn, more = l.after(w, turn, &reply)
		}
	}
}

func (l *loop) ask(w *worker, t load.Turn) {
	w.rec = record.Record{
		ID: t.Request.ID, Session: t.Session, Turn: t.Index, Phase: t.Phase,
		Class: t.Request.Class, Intended: int64(t.Intended), HeldFor: int64(t.HeldFor),
		Level: l.plan.Place.Level, Repeat: l.plan.Place.Repeat, Shard: l.plan.Place.Shard,
	}
	l.sent()
	w.slot.Send(l.flight, t.Request, t.Request.Body, &w.rec)
}

func (l *loop) now() time.Duration { return time.Duration(l.clock.Now()) }

// next asks the driver, and takes a worker for what is due; ok is false when the
// level has failed.
func (l *loop) next() (step load.Step, w *worker, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waits = 0
	step, ok = l.step()
	switch {
	case ok && step.Kind == load.Send:
		w = l.take()
	case ok && step.Kind == load.Wait:
		l.waits = step.Until
	}
	return step, w, ok
}

// after reports the end of a turn and asks for the next one; when there is none,
// w is idle, and who waits is woken if it would wait too long.
func (l *loop) after(w *worker, t load.Turn, reply *workload.Reply) (next load.Turn, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.driver.Done(l.now(), t.Request.ID, reply); err != nil {
		l.failLocked(err)
	}
	step, ok := l.step()
	if ok && step.Kind == load.Send {
		return step.Turn, true
	}
	l.pool.idle = append(l.pool.idle, w)
	if !ok || step.Kind == load.End || step.Until < l.waits {
		l.pace.wake()
	}
	return load.Turn{}, false
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
	l.pace.wake()
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

// cause is the error of the level.
func (l *loop) cause(collected error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	return collected
}
