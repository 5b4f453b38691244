// Package wall runs plans on real time over real sockets: the load.Runner of
// every measurement against an endpoint that answers in the same time as we do.
// It promises nothing to other modules.
package wall

import (
	"context"
	"fmt"
	"time"

	"github.com/dynbench/dynbench/harness/client"
	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/workload"
)

// InterruptGrace is how long an interrupted level waits for what is in flight.
const InterruptGrace = 5 * time.Second

// The bounds of Runner.Spare unless it is set: in between, it is what comes in a
// second.
const (
	MinSpare = 8
	MaxSpare = 64
)

// Runner drives a client. Stamps and Window are on the client's clock.
type Runner struct {
	Client *client.Client
	Sent   func() // called before each send, by many goroutines; nil: nobody is told
	// Spare is the number of connections that an open loop opens before it starts,
	// and keeps open beyond those in use. A request that finds none dials first,
	// which its record tells. 0: between MinSpare and MaxSpare, by the rate.
	Spare int
}

var _ load.Runner = Runner{}

// Run opens the connections (in a closed loop one a slot), then runs p until its
// end or that of ctx.
func (r Runner) Run(ctx context.Context, src workload.Source, p load.Plan, sinks ...record.Sink) (record.Window, error) {
	if err := p.Validate(); err != nil {
		return record.Window{}, fmt.Errorf("plan: %w", err)
	}
	first := r.connections(p)
	slots, err := r.Client.Slots(ctx, first)
	if err != nil {
		return record.Window{}, fmt.Errorf("open %d connections: %w", first, err)
	}
	ahead := prefetch(ctx, src, r.Client, drawnAhead(p, first))
	defer ahead.close()
	ahead.ready(ctx)
	pace, err := newPacer(r.Client.Clock(), p.Open())
	if err != nil {
		closeAll(slots)
		return record.Window{}, err
	}
	defer pace.close()

	l := newLoop(r, p, ahead, pace)
	defer l.closeSlots()
	kept := collect(sinks, r.Client.Count, l.fail)
	l.run(ctx, slots, kept)
	window, err := kept.close()
	return l.window(ctx, window), l.cause(err)
}

// connections is how many are opened before the start.
func (r Runner) connections(p load.Plan) int {
	if !p.Open() {
		return p.Concurrency
	}
	n := r.Spare
	if n < 1 {
		n = min(max(MinSpare, int(p.Arrival.Mean())), MaxSpare)
	}
	if p.MaxInFlight > 0 {
		n = min(n, p.MaxInFlight)
	}
	return atMostPlanned(p, n)
}

// drawnAhead is how many sessions are drawn ahead: one a slot, or what comes in
// a quarter of a second.
func drawnAhead(p load.Plan, slots int) int {
	if p.Open() {
		slots = max(slots, int(p.Arrival.Mean()/4))
	}
	return atMostPlanned(p, slots)
}

// atMostPlanned bounds n by the requests that p sends at most.
func atMostPlanned(p load.Plan, n int) int {
	if p.Measure.Requests == 0 || p.Warmup.Requests == 0 && p.Warmup.Duration > 0 {
		return n
	}
	return min(n, max(p.Warmup.Requests, 0)+p.Measure.Requests)
}

// window completes what the collector saw by what the driver knows.
func (l *loop) window(ctx context.Context, w record.Window) record.Window {
	l.mu.Lock()
	defer l.mu.Unlock()
	w.Warmup, w.Sent = l.driver.Sent()
	w.Held, w.NeverSent = l.driver.Held()
	w.MaxInFlight = l.driver.Most()
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
