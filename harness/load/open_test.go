package load

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/arrival"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/workload"
)

// endless is a source of single turns that no test gets to the end of.
func endless() *talk { return &talk{n: 1 << 40, turns: 1} }

func every(d time.Duration) arrival.Constant {
	return arrival.Constant{Rate: float64(time.Second) / float64(d)}
}

func TestOpenLoopNeverWaitsForAnAnswer(t *testing.T) {
	d := NewDriver(Plan{Arrival: every(10 * ms), Warmup: Requests(5), Measure: Requests(20)}, endless())
	all := simulate(t, d, always(time.Second))
	require.Len(t, all, 25)
	for i, s := range all {
		require.Equal(t, time.Duration(i)*10*ms, s.at)
		require.Equal(t, s.at, s.turn.Intended)
		require.Equal(t, i < 5, s.turn.Phase == record.Warmup, i)
		require.Equal(t, uint64(i+1), s.turn.Session)
	}
	require.Equal(t, 25, d.Most())
	require.Zero(t, d.Steady(), "nothing had ended when the last was sent")
}

func TestOpenLoopForgetsNothingThatIsLate(t *testing.T) {
	d := NewDriver(Plan{Arrival: every(10 * ms), Warmup: NoWarmup, Measure: For(100 * ms)}, endless())
	sends := func(now time.Duration) (due []time.Duration, last Step) {
		for {
			step, err := d.Next(now)
			require.NoError(t, err)
			if step.Kind != Send {
				return due, step
			}
			due = append(due, step.Turn.Intended)
		}
	}
	due, step := sends(0)
	require.Equal(t, []time.Duration{0}, due)
	require.Equal(t, Step{Kind: Wait, Until: 10 * ms}, step)
	due, step = sends(35 * ms)
	require.Equal(t, []time.Duration{10 * ms, 20 * ms, 30 * ms}, due)
	require.Equal(t, Step{Kind: Wait, Until: 40 * ms}, step)
	// Those that were due in time are sent after it; the schedule goes no further.
	due, step = sends(time.Second)
	require.Equal(t, []time.Duration{40 * ms, 50 * ms, 60 * ms, 70 * ms, 80 * ms, 90 * ms}, due)
	require.Equal(t, End, step.Kind)
	late, never := d.Held()
	require.Equal(t, [2]int{}, [2]int{late, never})
}

func TestOpenLoopMeasuresForATime(t *testing.T) {
	p := Plan{Arrival: every(10 * ms), Warmup: For(45 * ms), Measure: For(time.Second)}
	d := NewDriver(p, endless())
	all := simulate(t, d, always(30*ms))
	warm, measured := d.Sent()
	require.Equal(t, [2]int{5, 100}, [2]int{warm, measured}) // due at 0 to 40, at 50 to 1040
	require.Equal(t, 1040*ms, all[len(all)-1].at)
	require.Equal(t, Steady{50 * ms, 1040 * ms}, d.Steady())
}

func TestOpenLoopStopsAtWhicheverComesFirst(t *testing.T) {
	for _, c := range []struct {
		stop Stop
		want int
	}{{Requests(3).Within(time.Hour), 3}, {Requests(1000).Within(25 * ms), 3}} {
		d := NewDriver(Plan{Arrival: every(10 * ms), Warmup: NoWarmup, Measure: c.stop}, endless())
		require.Len(t, simulate(t, d, always(time.Minute)), c.want, "%+v", c.stop)
	}
}

func TestCapHoldsBackAndKeepsTheTurn(t *testing.T) {
	p := Plan{Arrival: every(10 * ms), MaxInFlight: 2, Warmup: NoWarmup, Measure: Requests(7)}
	d := NewDriver(p, endless())
	var got []string
	for _, s := range simulate(t, d, always(50*ms)) {
		got = append(got, fmt.Sprintf("%v@%v", s.turn.Intended, s.at))
	}
	require.Equal(t, []string{"0s@0s", "10ms@10ms", "20ms@50ms", "30ms@60ms", "40ms@100ms", "50ms@110ms", "60ms@150ms"}, got)
	late, never := d.Held()
	require.Equal(t, [2]int{5, 0}, [2]int{late, never})
	require.Equal(t, 2, d.Most())
}

func TestCapGivesUpWhatIsLeftAtTheEnd(t *testing.T) {
	p := Plan{Arrival: every(10 * ms), MaxInFlight: 1, Warmup: NoWarmup, Measure: For(time.Second)}
	d := NewDriver(p, endless())
	all := simulate(t, d, always(400*ms))
	require.Len(t, all, 3) // at 0, 400 and 800; 100 were due
	late, never := d.Held()
	require.Equal(t, [2]int{2, 97}, [2]int{late, never})
}

func TestAStoppedLevelGivesNothingUp(t *testing.T) {
	p := Plan{Arrival: every(10 * ms), MaxInFlight: 1, Warmup: NoWarmup, Measure: For(time.Second)}
	d := NewDriver(p, endless())
	_, err := d.Next(0)
	require.NoError(t, err)
	d.Stop()
	step, err := d.Next(500 * ms)
	require.NoError(t, err)
	require.Equal(t, End, step.Kind)
	late, never := d.Held()
	require.Equal(t, [2]int{}, [2]int{late, never})
}

func TestLaterTurnsFollowTheirAnswer(t *testing.T) {
	p := Plan{Arrival: every(20 * ms), Warmup: NoWarmup, Measure: Requests(100)}
	d := NewDriver(p, &talk{n: 3, turns: 3, delay: 10 * ms})
	var got []string
	for _, s := range simulate(t, d, always(10*ms)) {
		require.Equal(t, s.at, s.turn.Intended)
		got = append(got, fmt.Sprintf("%d.%d@%v", s.turn.Session, s.turn.Index, s.at))
	}
	// A later turn goes before an arrival that is due at the same time.
	require.Equal(t, []string{"1.0@0s", "1.1@20ms", "2.0@20ms", "1.2@40ms", "2.1@40ms", "3.0@40ms", "2.2@60ms", "3.1@60ms", "3.2@80ms"}, got)
}

func TestCapAndALateCaller(t *testing.T) {
	next := func(d *Driver, now time.Duration) Step {
		step, err := d.Next(now)
		require.NoError(t, err)
		return step
	}
	p := Plan{Arrival: every(10 * ms), MaxInFlight: 1, Warmup: NoWarmup, Measure: For(95 * ms)}
	d := NewDriver(p, endless())
	first := next(d, 0).Turn
	require.Equal(t, Step{Kind: Wait, Until: 95 * ms}, next(d, 20*ms), "only the end of time or an answer")
	require.NoError(t, d.Done(35*ms, first.Request.ID, nil))
	second := next(d, 36*ms).Turn
	require.Equal(t, [2]time.Duration{10 * ms, 25 * ms}, [2]time.Duration{second.Intended, second.HeldFor})
	// There is room again in time, but the caller comes late. The next one was
	// held back when the time was over, and all that are due stand behind it.
	require.NoError(t, d.Done(65*ms, second.Request.ID, nil))
	require.Equal(t, End, next(d, 200*ms).Kind)
	late, never := d.Held()
	require.Equal(t, [2]int{1, 8}, [2]int{late, never})
}

func TestNoMoreIsGivenUpThanWasPlanned(t *testing.T) {
	p := Plan{Arrival: every(10 * ms), MaxInFlight: 1, Warmup: NoWarmup, Measure: Requests(5).Within(time.Second)}
	d := NewDriver(p, endless())
	require.Len(t, simulate(t, d, always(400*ms)), 3)
	_, never := d.Held()
	require.Equal(t, 2, never)
}

func TestArrivalsBeyondTimeDoNotWrap(t *testing.T) {
	d := NewDriver(Plan{Arrival: arrival.Constant{Rate: 1.0 / (Forever.Seconds() - 1800)}, Warmup: NoWarmup}, endless())
	step, err := d.Next(time.Hour)
	require.NoError(t, err)
	require.Equal(t, Send, step.Kind)
	step, err = d.Next(time.Hour)
	require.NoError(t, err)
	require.Equal(t, Step{Kind: Wait, Until: Forever}, step)
}

func TestMostInFlight(t *testing.T) {
	d := NewDriver(Plan{Arrival: every(10 * ms), Warmup: NoWarmup, Measure: Requests(6)}, endless())
	simulate(t, d, func(id uint64) time.Duration {
		if id < 4 {
			return 25 * ms
		}
		return ms
	})
	require.Equal(t, 3, d.Most())
}

// Whatever rate, cap and service times are: every arrival is sent once, when it
// is due or when the cap lets it, or is counted as given up.
func TestOpenDriverKeepsItsPromises(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 0))
		p := Plan{
			Arrival: arrival.Poisson{Rate: 50 + 200*rng.Float64()}, Seed: seed, MaxInFlight: rng.IntN(6),
			Warmup: Requests(rng.IntN(5)), Measure: For(time.Duration(1+rng.IntN(500)) * ms),
		}
		d := NewDriver(p, endless())
		all := simulate(t, d, func(uint64) time.Duration { return time.Duration(1+rng.IntN(30)) * ms })
		late, never := d.Held()
		schedule := p.Arrival.Open(seed)
		free, held := time.Duration(0), 0
		for i, s := range all {
			at, _ := schedule.Next()
			require.Equal(t, at, s.turn.Intended, "arrival %d of %+v", i, p)
			if p.MaxInFlight == 0 {
				require.Equal(t, at, s.at)
			} else if i >= p.MaxInFlight {
				free = max(free, nth(all[:i], p.MaxInFlight))
				require.Equal(t, max(at, free), s.at, "arrival %d of %+v", i, p)
			}
			require.Equal(t, s.at-at, s.turn.HeldFor, "arrival %d of %+v", i, p)
			if s.at > at && s.turn.Phase == record.Measured {
				held++
			}
		}
		require.Equal(t, held, late, "%+v", p)
		end := all[p.Warmup.Requests].turn.Intended + p.Measure.Duration
		due := 0
		for at, _ := schedule.Next(); at < end; at, _ = schedule.Next() {
			due++
		}
		require.Equal(t, due, never, "%+v", p)
	}
}

// nth is when the n-th last of those that end latest ends: from then on there is
// room for one more beside the n-1 others.
func nth(all []sent, n int) time.Duration {
	var last []time.Duration
	for _, s := range all {
		last = append(last, s.done)
		for i := len(last) - 1; i > 0 && last[i] > last[i-1]; i-- {
			last[i], last[i-1] = last[i-1], last[i]
		}
		last = last[:min(len(last), n)]
	}
	return last[n-1]
}

func TestOpenDriverStopsWithItsSource(t *testing.T) {
	d := NewDriver(Plan{Arrival: every(10 * ms), Warmup: NoWarmup, Measure: Requests(100)}, &talk{n: 3, turns: 2})
	require.Len(t, simulate(t, d, always(5*ms)), 6)
}

func TestOpenDriverEndsWithAScheduleThatEnds(t *testing.T) {
	// The second arrival is farther off than a time can say.
	d := NewDriver(Plan{Arrival: arrival.Constant{Rate: 1e-10}, Warmup: NoWarmup, Measure: Requests(100)}, endless())
	require.Len(t, simulate(t, d, always(5*ms)), 1)
}

func TestOpenPlan(t *testing.T) {
	levels := Rate(arrival.Poisson{Rate: 20}, arrival.Constant{Rate: 0.5})
	require.Equal(t, []string{"r20", "r0.5"}, []string{levels[0].Name, levels[1].Name})
	require.Equal(t, []Axis{{"request_rate", 0.5}}, levels[1].Axes)
	for i, want := range []int{200, 10} {
		p := levels[i].Plan.WithDefaults(Stop{}, Stop{})
		require.NoError(t, p.Validate())
		require.Equal(t, [2]Stop{Requests(10), Requests(want)}, [2]Stop{p.Warmup, p.Measure})
	}
	for want, p := range map[string]Plan{
		"arrivals poisson(0/s): rate of 0": {Arrival: arrival.Poisson{}},
		"an open loop has no slots":        {Arrival: arrival.Poisson{Rate: 1}, Concurrency: 4},
		"at most -1 in flight":             {Arrival: arrival.Poisson{Rate: 1}, MaxInFlight: -1},
		"a closed loop has its":            {Concurrency: 4, MaxInFlight: 2},
	} {
		require.ErrorContains(t, p.Validate(), want)
	}
}

func BenchmarkOpenDriver(b *testing.B) {
	d := NewDriver(Plan{Arrival: arrival.Poisson{Rate: 1000}, MaxInFlight: 100, Warmup: NoWarmup, Measure: Requests(1 << 40)}, endless())
	var flying []uint64
	for now := time.Duration(0); b.Loop(); now += 10 * ms {
		step, _ := d.Next(now)
		if step.Kind == Send {
			flying = append(flying, step.Turn.Request.ID)
			continue
		}
		if len(flying) > 0 {
			_ = d.Done(now, flying[0], &workload.Reply{})
			flying = flying[1:]
		}
	}
}
