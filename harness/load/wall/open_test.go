package wall

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/arrival"
	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/workload"
)

// byTurn orders records as their turns were due.
func byTurn(records []record.Record) []record.Record {
	slices.SortFunc(records, func(a, b record.Record) int { return int(a.Intended - b.Intended) })
	return records
}

func TestOpenLoopSendsEveryArrivalOnce(t *testing.T) {
	s := serve(t, nil)
	var k kept
	p := load.Plan{Arrival: arrival.Poisson{Rate: 2000}, Seed: 5, Warmup: load.Requests(20), Measure: load.Requests(200)}
	w, err := runner(t, s.URL).Run(t.Context(), source(t), p, &k)
	require.NoError(t, err)
	require.True(t, w.Complete, w.Reason)
	require.Equal(t, [3]int{200, 200, 20}, [3]int{w.Planned, w.Sent, w.Warmup})
	require.EqualValues(t, 220, s.served.Load())
	require.Len(t, k.records, 220)
	require.Positive(t, w.MaxInFlight)
	schedule := p.Arrival.Open(5)
	start := byTurn(k.records)[0].Intended
	for i, r := range k.records {
		at, _ := schedule.Next()
		require.Equal(t, start+int64(at), r.Intended, i)
		require.Equal(t, record.OK, r.Outcome, "%+v", r.Error)
		require.Equal(t, i < 20, r.Phase == record.Warmup)
		require.LessOrEqual(t, r.Intended, r.Sent)
	}
}

// The server answers none before all have come: a loop that waits for an answer
// would never end.
func TestOpenLoopDoesNotWaitForAnswers(t *testing.T) {
	const n = 100
	var come atomic.Int64
	all := make(chan struct{})
	s := serve(t, func(r *http.Request) {
		if come.Add(1) == n {
			close(all)
		}
		select {
		case <-all:
		case <-r.Context().Done():
		}
	})
	r := runner(t, s.URL)
	r.Spare = 4
	var k kept
	p := load.Plan{Arrival: arrival.Constant{Rate: 2000}, Measure: load.Requests(n)}
	w, err := r.Run(t.Context(), source(t), p, &k)
	require.NoError(t, err)
	require.True(t, w.Complete, w.Reason)
	require.Equal(t, n, w.MaxInFlight)
	require.Zero(t, w.Held)
	for _, r := range k.records {
		require.Equal(t, record.OK, r.Outcome, "%+v", r.Error)
	}
}

func TestARequestWithoutAConnectionDialsBeforeItIsSent(t *testing.T) {
	s := serve(t, nil)
	l := newLoop(runner(t, s.URL), load.Plan{Arrival: arrival.Constant{Rate: 1}, Measure: load.Requests(1)}, source(t), newTicker(record.NewClock()))
	var k kept
	l.flight, l.out = t.Context(), collect([]record.Sink{&k}, l.client.Count, l.fail)
	step, w, ok := l.next()
	require.True(t, ok)
	require.NoError(t, fixBody(step.Turn.Request, l.client))
	l.hand(w, step.Turn)
	<-l.pool.dismiss()
	defer l.closeSlots()
	_, err := l.out.close()
	require.NoError(t, err)
	require.Equal(t, record.OK, k.records[0].Outcome)
	require.Positive(t, k.records[0].Dialled)
	require.GreaterOrEqual(t, k.records[0].Sent, k.records[0].Intended+k.records[0].Dialled)
}

func TestCapHoldsBack(t *testing.T) {
	s := serve(t, func(*http.Request) { <-time.After(5 * time.Millisecond) })
	var k kept
	p := load.Plan{Arrival: arrival.Constant{Rate: 2000}, MaxInFlight: 3, Measure: load.Requests(60)}
	w, err := runner(t, s.URL).Run(t.Context(), source(t), p, &k)
	require.NoError(t, err)
	require.Len(t, k.records, 60)
	require.LessOrEqual(t, s.most.Load(), int64(3))
	require.Equal(t, 3, w.MaxInFlight)
	require.Greater(t, w.Held, 40)
	held := 0
	for i, r := range byTurn(k.records) {
		require.Equal(t, k.records[0].Intended+int64(i)*int64(500*time.Microsecond), r.Intended)
		require.LessOrEqual(t, r.Intended+r.HeldFor, r.Sent)
		if r.HeldFor > 0 {
			held++
		}
	}
	require.Equal(t, w.Held, held)
}

func TestTheEndOfTimeGivesUpWhatIsHeldBack(t *testing.T) {
	// Long after the level's time is over.
	s := serve(t, func(*http.Request) { <-time.After(400 * time.Millisecond) })
	var k kept
	p := load.Plan{Arrival: arrival.Constant{Rate: 1000}, MaxInFlight: 2, Measure: load.For(50 * time.Millisecond)}
	w, err := runner(t, s.URL).Run(t.Context(), source(t), p, &k)
	require.NoError(t, err)
	require.True(t, w.Complete, w.Reason)
	require.Len(t, k.records, w.Sent)
	require.Equal(t, 50, w.Sent+w.NeverSent, "all that were due")
	require.Positive(t, w.NeverSent)
}

func TestGraceCancelsAnOpenLoop(t *testing.T) {
	s := serve(t, func(r *http.Request) { <-r.Context().Done() })
	var k kept
	p := load.Plan{Arrival: arrival.Constant{Rate: 2000}, Measure: load.Requests(100), Grace: 50 * time.Millisecond}
	w, err := runner(t, s.URL).Run(t.Context(), source(t), p, &k)
	require.NoError(t, err)
	require.True(t, w.Complete, w.Reason)
	require.Len(t, k.records, 100)
	for _, r := range k.records {
		require.Equal(t, record.Cancelled, r.Outcome)
	}
}

func TestInterruptEndsAnOpenLoop(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	var come atomic.Int64
	s := serve(t, func(*http.Request) {
		if come.Add(1) == 5 {
			cancel(errors.New("enough"))
		}
	})
	var k kept
	// The sixth is due in a day: the wait for it is cut short.
	p := load.Plan{Arrival: &moments{0, 1, 2, 3, 4, 24 * time.Hour}, Measure: load.Requests(6)}
	w, err := runner(t, s.URL).Run(ctx, source(t), p, &k)
	require.NoError(t, err)
	require.False(t, w.Complete)
	require.Equal(t, "enough", w.Reason)
	require.Equal(t, 5, w.Sent)
	require.Len(t, k.records, 5)
	for _, r := range k.records {
		require.Equal(t, record.OK, r.Outcome, "%+v", r.Error)
	}
}

func TestLaterTurnsOfAnOpenLoopWaitTheirDelay(t *testing.T) {
	s := serve(t, nil)
	const delay = 7 * time.Millisecond
	var k kept
	// The second arrival is due long after all turns of the first session.
	p := load.Plan{Arrival: arrival.Constant{Rate: 2}, Measure: load.Requests(5)}
	w, err := runner(t, s.URL).Run(t.Context(), &talks{Source: source(t), turns: 4, delay: delay}, p, &k)
	require.NoError(t, err)
	require.Equal(t, 5, w.Sent)
	for i, r := range byTurn(k.records)[:4] {
		require.Equal(t, [2]int{1, i}, [2]int{int(r.Session), r.Turn})
		if i > 0 {
			require.GreaterOrEqual(t, r.Intended, k.records[i-1].End+int64(delay))
			require.Less(t, r.Sent, k.records[4].Intended, "waited for the next arrival")
		}
	}
}

// moments is a process that names its arrivals.
type moments []time.Duration

func (m *moments) Open(uint64) arrival.Schedule { return m }
func (m *moments) Mean() float64                { return 0 }
func (m *moments) Validate() error              { return nil }
func (m *moments) String() string               { return "moments" }

func (m *moments) Next() (time.Duration, bool) {
	if len(*m) == 0 {
		return 0, false
	}
	at := (*m)[0]
	*m = (*m)[1:]
	return at, true
}

// talks makes conversations of single turns.
type talks struct {
	workload.Source
	turns int
	delay time.Duration
}

func (s *talks) Next(ctx context.Context) (workload.Session, error) {
	c := &conversation{delay: s.delay}
	for range s.turns {
		session, err := s.Source.Next(ctx)
		if err != nil {
			return nil, err
		}
		req, _, err := session.Next(nil)
		if err != nil {
			return nil, err
		}
		c.turns = append(c.turns, req)
	}
	return c, nil
}

type conversation struct {
	turns []*workload.Request
	delay time.Duration
}

func (c *conversation) Next(*workload.Reply) (*workload.Request, time.Duration, error) {
	if len(c.turns) == 0 {
		return nil, 0, io.EOF
	}
	req := c.turns[0]
	c.turns = c.turns[1:]
	return req, c.delay, nil
}

func TestAServerThatGoesAwayIsFailuresNotAHang(t *testing.T) {
	s := serve(t, nil)
	r := runner(t, s.URL)
	var once atomic.Bool
	r.Sent = func() {
		if once.CompareAndSwap(false, true) {
			s.Listener.Close()
			s.CloseClientConnections()
		}
	}
	var k kept
	w, err := r.Run(t.Context(), source(t), load.Plan{Arrival: arrival.Constant{Rate: 1000}, Measure: load.Requests(100)}, &k)
	require.NoError(t, err)
	require.True(t, w.Complete, w.Reason)
	require.Len(t, k.records, 100)
	last := byTurn(k.records)[99]
	require.Equal(t, record.Connect, last.Outcome, "%+v", last.Error)
}
