package faults

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/fixtures/frontend"
	"github.com/dynbench/dynbench/fixtures/sim/route"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/record"
)

// failover is how long after a crash has happened requests may still fail: the
// streams of the engine break with it, and the first request that finds it dead
// takes it out of the routing.
const failover = time.Second

// TestRoutingUnderChurn: one of four engines crashes in the middle of its
// streams, comes back cold, another leaves politely and a fifth joins. The streams
// of the engine that crashed are cut short, and what it had not begun to answer
// goes to another one; after the failover nothing does, and
// leaving and joining cost nothing. The hit rate comes back; the timeline in the
// artifacts shows how.
func TestRoutingUnderChurn(t *testing.T) {
	// A router that values the cache enough to keep prefixes where they are.
	stack := up(t, fixtures.Topology{Engines: 4, Frontend: frontend.Reference{Mode: fixtures.ModeKV, Cost: route.Overlap{Weight: 16}}})
	unit, prefixes := times*8*time.Second, 160
	if testing.Short() {
		unit, prefixes = 600*time.Millisecond, 24
	}
	at := func(n int) time.Duration { return time.Duration(n)*unit + 100*time.Millisecond }

	m := ask{rate: 80, lasting: 5 * unit, prefixes: prefixes, osl: 16, plot: true, churn: fixtures.Churn{Events: []fixtures.Event{
		{At: at(1), Engine: 1, Do: fixtures.Crash},
		{At: at(2), Engine: 1, Do: fixtures.Restart},
		{At: at(3), Engine: 0, Do: fixtures.Drain},
		{At: at(4), Do: fixtures.Join},
	}}}.of(t, stack)

	require.NoError(t, stack.Failed(), "a crash on plan is no failure of the stack")
	m.only(t, record.Truncated)
	m.settled(t, fixtures.Crash, failover)
	m.settled(t, fixtures.Restart, 0)
	m.settled(t, fixtures.Drain, 0)
	m.settled(t, fixtures.Join, 0)
	require.Less(t, len(m.failed()), len(m.records)/10)
	require.GreaterOrEqual(t, len(m.workers()), 5, "the engines that came back and that joined take part: %v", m.workers())
	m.recovers(t)
}

// recovers checks that each event's loss of hit rate was made good before the
// next one. In the short form there is no time for that.
func (m measured) recovers(t *testing.T) {
	t.Helper()
	timeline, err := harness.Timeline(m.run, &m.Level)
	require.NoError(t, err)
	for _, r := range timeline.Recoveries(0.9) {
		t.Logf("%s: hit rate %.0f %%, then %.0f %% at the lowest, above nine tenths of before again after %s",
			r.Event.Label, 100*r.Before, 100*r.Lowest, r.After.Round(10*time.Millisecond))
		if !testing.Short() {
			require.True(t, r.Recovered, r.Event.Label)
		}
	}
	require.Greater(t, m.hitRate(0.5), 0.4, "of the second half of the level")
}

// TestOneAfterAnother: all engines but the last crash, one after the other. Each
// crash costs its own streams and no more.
func TestOneAfterAnother(t *testing.T) {
	stack := up(t, fixtures.Topology{Engines: 3, Router: fixtures.ModeLeastLoaded})
	unit := quick(400*time.Millisecond, 4*time.Second)

	m := ask{rate: 30, lasting: 3 * unit, prefixes: 4, churn: fixtures.Churn{Events: []fixtures.Event{
		{At: 1 * unit, Engine: 2, Do: fixtures.Crash},
		{At: 2 * unit, Engine: 0, Do: fixtures.Crash},
	}}}.of(t, stack)

	m.only(t, record.Truncated, record.HTTPError) // the latter if both were asked, and crashed
	m.settled(t, fixtures.Crash, failover)
	for _, r := range m.records {
		if r.Sent > m.Events[1].At+int64(failover) {
			require.Equal(t, record.OK, r.Outcome, "one engine is left, and answers")
		}
	}
	require.Len(t, stack.Engines(), 1)
}
