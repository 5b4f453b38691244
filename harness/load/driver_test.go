package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/workload"
)

// talk is a source of n sessions, each of the given turns with a delay between.
type talk struct {
	n, turns int
	delay    time.Duration
	drawn    int
	fail     error // after the n sessions, in place of io.EOF
}

func (s *talk) Next(context.Context) (workload.Session, error) {
	if s.drawn == s.n {
		if s.fail != nil {
			return nil, s.fail
		}
		return nil, io.EOF
	}
	s.drawn++
	return &conversation{left: s.turns, delay: s.delay}, nil
}

type conversation struct {
	left  int
	delay time.Duration
}

func (c *conversation) Next(prev *workload.Reply) (*workload.Request, time.Duration, error) {
	if c.left == 0 {
		return nil, 0, io.EOF
	}
	c.left--
	delay := c.delay
	if prev == nil {
		delay = 0
	}
	return &workload.Request{}, delay, nil
}

// sent is one request of a simulated run.
type sent struct {
	turn     Turn
	at, done time.Duration
}

// simulate runs a driver on a virtual clock against a server that takes
// service(id) for request id.
func simulate(t *testing.T, d *Driver, service func(id uint64) time.Duration) []sent {
	t.Helper()
	var all []sent
	var now time.Duration
	flying := map[uint64]int{}
	for {
		step, err := d.Next(now)
		require.NoError(t, err)
		if step.Kind == Send {
			id := step.Turn.Request.ID
			flying[id] = len(all)
			all = append(all, sent{step.Turn, now, now + service(id)})
			if bound := d.plan.Concurrency + d.plan.MaxInFlight; bound > 0 {
				require.LessOrEqual(t, len(flying), bound)
			}
			require.Equal(t, len(flying), d.InFlight())
			require.GreaterOrEqual(t, d.Most(), len(flying))
			continue
		}
		next, first := Forever, -1
		for _, i := range flying {
			if all[i].done < next || (all[i].done == next && i < first) {
				next, first = all[i].done, i
			}
		}
		if step.Kind == Wait && step.Until <= next {
			require.Greater(t, step.Until, now)
			now = step.Until
			continue
		}
		if first < 0 {
			require.Equal(t, End, step.Kind)
			return all
		}
		now = next
		id := all[first].turn.Request.ID
		delete(flying, id)
		require.NoError(t, d.Done(now, id, &workload.Reply{OK: true}))
	}
}

func always(d time.Duration) func(uint64) time.Duration {
	return func(uint64) time.Duration { return d }
}

const ms = time.Millisecond

func TestDriverSendsWarmupThenMeasured(t *testing.T) {
	d := NewDriver(Plan{Concurrency: 3, Warmup: Requests(3), Measure: Requests(7)}, &talk{n: 100, turns: 1})
	all := simulate(t, d, always(10*ms))
	require.Len(t, all, 10)
	for i, s := range all {
		require.Equal(t, uint64(i+1), s.turn.Request.ID)
		require.Equal(t, uint64(i+1), s.turn.Session)
		want := record.Measured
		if i < 3 {
			want = record.Warmup
		}
		require.Equal(t, want, s.turn.Phase, i)
		// The measured requests follow in the same slots, without a drain.
		require.Equal(t, time.Duration(i/3)*10*ms, s.at, i)
	}
	warm, measured := d.Sent()
	require.Equal(t, [2]int{3, 7}, [2]int{warm, measured})
	// Sends 4 to 10 at 10, 10, 10, 20, 20, 20, 30: all three slots are busy from
	// 10 on, and two of them fall idle at 30.
	require.Equal(t, Steady{10 * ms, 30 * ms}, d.Steady())
}

func TestDriverMeasuresForATime(t *testing.T) {
	d := NewDriver(Plan{Concurrency: 2, Warmup: NoWarmup, Measure: For(50 * ms)}, &talk{n: 100, turns: 1})
	all := simulate(t, d, always(20*ms))
	require.Len(t, all, 6) // at 0, 20 and 40, two each
	require.Equal(t, 40*ms, all[5].at)
}

func TestDriverStopsAtWhicheverComesFirst(t *testing.T) {
	for _, c := range []struct {
		stop Stop
		want int
	}{{Requests(3).Within(time.Hour), 3}, {Requests(1000).Within(25 * ms), 3}} {
		d := NewDriver(Plan{Concurrency: 1, Warmup: NoWarmup, Measure: c.stop}, &talk{n: 1e6, turns: 1})
		require.Len(t, simulate(t, d, always(10*ms)), c.want, "%+v", c.stop)
	}
}

func TestDriverSpreadsTheStart(t *testing.T) {
	d := NewDriver(Plan{Concurrency: 4, Warmup: NoWarmup, Measure: Requests(4), Spread: 80 * ms}, &talk{n: 9, turns: 1})
	for i, s := range simulate(t, d, always(time.Second)) {
		require.Equal(t, time.Duration(i)*20*ms, s.at)
		require.Equal(t, s.at, s.turn.Intended)
	}
}

func TestDriverHoldsASlotForASession(t *testing.T) {
	d := NewDriver(Plan{Concurrency: 2, Warmup: NoWarmup}, &talk{n: 3, turns: 2, delay: 5 * ms})
	all := simulate(t, d, always(10*ms))
	require.Len(t, all, 6)
	var got []string
	for _, s := range all {
		got = append(got, fmt.Sprintf("%d.%d@%v", s.turn.Session, s.turn.Index, s.at))
	}
	require.Equal(t, []string{"1.0@0s", "2.0@0s", "1.1@15ms", "2.1@15ms", "3.0@25ms", "3.1@40ms"}, got)
}

func TestDriverEndsWithItsSource(t *testing.T) {
	d := NewDriver(Plan{Concurrency: 5, Warmup: NoWarmup, Measure: Requests(100)}, &talk{n: 3, turns: 1})
	require.Len(t, simulate(t, d, always(ms)), 3)
	require.Zero(t, d.Steady())
}

func TestDriverReportsASourceThatBreaks(t *testing.T) {
	broken := errors.New("line 4: not JSON")
	d := NewDriver(Plan{Concurrency: 1, Warmup: NoWarmup, Measure: Requests(9)}, &talk{fail: broken})
	_, err := d.Next(0)
	require.ErrorIs(t, err, broken)
	require.ErrorContains(t, err, "session 1")
}

func TestDriverStops(t *testing.T) {
	d := NewDriver(Plan{Concurrency: 1, Warmup: NoWarmup, Measure: Requests(9)}, &talk{n: 9, turns: 1})
	step, err := d.Next(0)
	require.NoError(t, err)
	d.Stop()
	require.NoError(t, d.Done(9*ms, step.Turn.Request.ID, &workload.Reply{}))
	step, err = d.Next(9 * ms)
	require.NoError(t, err)
	require.Equal(t, End, step.Kind)
	require.Error(t, d.Done(9*ms, 1, nil), "not in flight any more")
}

// Whatever the service times are, every session is sent once, in order, with
// never more in flight than the plan has slots.
func TestDriverKeepsItsPromisesForAnyServiceTime(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 0))
		p := Plan{Concurrency: 1 + rng.IntN(8), Warmup: Requests(rng.IntN(5)), Measure: Requests(1 + rng.IntN(40)),
			Spread: time.Duration(rng.IntN(50)) * ms}
		d := NewDriver(p, &talk{n: 1000, turns: 1})
		all := simulate(t, d, func(uint64) time.Duration { return time.Duration(rng.IntN(30)) * ms })
		require.Len(t, all, max(p.Warmup.Requests, 0)+p.Measure.Requests, "%+v", p)
		for i, s := range all {
			require.Equal(t, uint64(i+1), s.turn.Session)
			require.GreaterOrEqual(t, s.at, s.turn.Intended)
			if i > 0 {
				require.GreaterOrEqual(t, s.at, all[i-1].at)
			}
		}
	}
}

func TestPlanDefaults(t *testing.T) {
	for c, want := range map[int]int{1: 10, 2: 10, 3: 10, 4: 12, 5: 15, 10: 30, 250: 750} {
		p := Plan{Concurrency: c}.WithDefaults(Stop{}, Stop{})
		require.Equal(t, Requests(want), p.Measure, c)
		require.Equal(t, Requests(c), p.Warmup, c)
	}
	p := Plan{Concurrency: 4, Measure: Requests(5)}.WithDefaults(NoWarmup, For(time.Second))
	require.Equal(t, Plan{Concurrency: 4, Warmup: NoWarmup, Measure: Requests(5)}, p)
}

func TestPlanValidate(t *testing.T) {
	require.NoError(t, Concurrency(1, 100_000)[1].Plan.Validate())
	for _, p := range []Plan{{}, {Concurrency: 100_001}, {Concurrency: 1, Grace: -1}, {Concurrency: 1, Measure: Requests(-2)},
		{Concurrency: 1, Warmup: Requests(-2)}} {
		require.Error(t, p.Validate(), "%+v", p)
	}
}

func BenchmarkDriver(b *testing.B) {
	d := NewDriver(Plan{Concurrency: 100, Warmup: NoWarmup, Measure: Requests(1 << 40)}, &talk{n: 1 << 40, turns: 1})
	var flying []uint64
	for b.Loop() {
		step, _ := d.Next(0)
		if step.Kind == Send {
			flying = append(flying, step.Turn.Request.ID)
			continue
		}
		_ = d.Done(0, flying[0], &workload.Reply{})
		flying = flying[1:]
	}
}
