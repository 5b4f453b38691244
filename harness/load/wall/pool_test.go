package wall

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/arrival"
	"github.com/dynbench/dynbench/harness/load"
)

func TestConnectionsOpenedBeforeTheStart(t *testing.T) {
	at := func(rate float64) load.Plan { return load.Plan{Arrival: arrival.Poisson{Rate: rate}} }
	capped, short, warmed := at(1000), at(1000), at(1000)
	capped.MaxInFlight = 5
	short.Warmup, short.Measure = load.NoWarmup, load.Requests(3)
	warmed.Warmup, warmed.Measure = load.For(time.Second), load.Requests(3)
	for _, c := range []struct {
		name         string
		r            Runner
		p            load.Plan
		conns, ahead int
	}{
		{"closed", Runner{Spare: 9}, load.Plan{Concurrency: 40}, 40, 40},
		{"closed, fewer requests", Runner{}, load.Plan{Concurrency: 40, Warmup: load.Requests(1), Measure: load.Requests(4)}, 40, 5},
		{"slow", Runner{}, at(0.5), MinSpare, MinSpare},
		{"by the rate", Runner{}, at(20), 20, 20},
		{"fast", Runner{}, at(2000), MaxSpare, 500},
		{"as told", Runner{Spare: 200}, at(400), 200, 200},
		{"capped", Runner{}, capped, 5, 250},
		{"few requests", Runner{}, short, 3, 3},
		{"warm-up of unknown number", Runner{}, warmed, MaxSpare, 250},
	} {
		require.Equal(t, c.conns, c.r.connections(c.p), c.name)
		require.Equal(t, c.ahead, drawnAhead(c.p, c.conns), c.name)
	}
}

func TestPoolTakesTheLatestAndAsksForMore(t *testing.T) {
	p := load.Plan{Arrival: arrival.Constant{Rate: 1}, MaxInFlight: 6}
	l := newLoop(Runner{Client: runner(t, "http://127.0.0.1:1").Client, Spare: 4}, p, nil, nil)
	defer func() { <-l.pool.dismiss() }()
	for range 4 {
		l.pool.idle = append(l.pool.idle, l.hire(l.client.Slot()))
	}
	last := l.pool.idle[3]
	require.Zero(t, l.missing())
	require.Same(t, last, l.take())
	require.Empty(t, l.pool.short, "three are enough")
	l.take()
	l.take()
	require.Len(t, l.pool.short, 1)
	require.Equal(t, 2, l.missing(), "no more than may be in flight")
	l.take()
	require.NotNil(t, l.take(), "hired when none is idle")
	require.Len(t, l.pool.all, 5)
	require.Equal(t, 1, l.missing())
}
