package wall

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/dynbench/dynbench/harness/client"
	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/workload"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server streams two chunks of content a request; before is called first.
type server struct {
	*httptest.Server
	flying, most atomic.Int64
	served       atomic.Int64
}

func serve(t *testing.T, before func(r *http.Request)) *server {
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := s.flying.Add(1)
		defer s.flying.Add(-1)
		for most := s.most.Load(); n > most && !s.most.CompareAndSwap(most, n); most = s.most.Load() {
		}
		_, _ = io.Copy(io.Discard, r.Body)
		if before != nil {
			before(r)
		}
		w.Header().Set("Content-Type", "text/event-stream")
		for range 2 {
			fmt.Fprint(w, `data: {"choices":[{"index":0,"delta":{"content":" a"}}]}`+"\n\n")
			w.(http.Flusher).Flush()
		}
		fmt.Fprint(w, `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n")
		s.served.Add(1)
	}))
	t.Cleanup(s.Close)
	return s
}

func runner(t *testing.T, url string) Runner {
	t.Helper()
	c, err := client.New(client.Config{URL: url, Model: "m"})
	require.NoError(t, err)
	return Runner{Client: c}
}

func source(t *testing.T) workload.Source {
	t.Helper()
	src, err := workload.Synthetic{ISL: 8, OSL: 2}.Open(t.Context(), workload.Scope{Level: "c1"})
	require.NoError(t, err)
	return src
}

// kept is a sink that keeps everything; fail makes it refuse a record.
type kept struct {
	records []record.Record
	fail    error
}

func (k *kept) Put(r record.Record) error {
	if k.fail != nil {
		return k.fail
	}
	k.records = append(k.records, r)
	return nil
}

func TestRunKeepsEveryRequestOnce(t *testing.T) {
	s := serve(t, nil)
	var k kept
	p := load.Plan{Concurrency: 7, Warmup: load.Requests(7), Measure: load.Requests(50)}
	w, err := runner(t, s.URL).Run(t.Context(), source(t), p, &k)
	require.NoError(t, err)
	require.True(t, w.Complete, w.Reason)
	require.Equal(t, [3]int{50, 50, 7}, [3]int{w.Planned, w.Sent, w.Warmup})
	require.Len(t, k.records, 57)
	require.EqualValues(t, 57, s.served.Load())
	require.LessOrEqual(t, s.most.Load(), int64(7))
	seen := map[uint64]bool{}
	for _, r := range k.records {
		require.Equal(t, record.OK, r.Outcome, "%+v", r.Error)
		require.False(t, seen[r.ID])
		seen[r.ID] = true
		require.Equal(t, r.ID <= 7, r.Phase == record.Warmup)
		if r.Phase == record.Measured {
			require.LessOrEqual(t, w.Start, r.Sent)
			require.GreaterOrEqual(t, w.End, r.End)
		}
		require.LessOrEqual(t, r.Intended, r.Sent)
	}
	require.Positive(t, w.SteadyEnd-w.SteadyStart)
}

func TestInterruptedRunWaitsForWhatIsInFlight(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	var n atomic.Int64
	s := serve(t, func(*http.Request) {
		if n.Add(1) == 5 {
			cancel(errors.New("enough"))
		}
	})
	var k kept
	w, err := runner(t, s.URL).Run(ctx, source(t), load.Plan{Concurrency: 2, Measure: load.Requests(1000)}, &k)
	require.NoError(t, err)
	require.False(t, w.Complete)
	require.Equal(t, "enough", w.Reason)
	require.Equal(t, w.Sent, len(k.records))
	require.Less(t, w.Sent, 1000)
	for _, r := range k.records {
		require.Equal(t, record.OK, r.Outcome)
	}
}

func TestGraceCancelsWhatNeverAnswers(t *testing.T) {
	release := make(chan struct{})
	s := serve(t, func(r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	var k kept
	p := load.Plan{Concurrency: 3, Measure: load.Requests(3), Grace: 50 * time.Millisecond}
	w, err := runner(t, s.URL).Run(t.Context(), source(t), p, &k)
	require.NoError(t, err)
	require.Equal(t, 3, w.Sent)
	require.Len(t, k.records, 3)
	for _, r := range k.records {
		require.Equal(t, record.Cancelled, r.Outcome)
	}
}

func TestASinkThatFailsEndsTheLevelAndSparesTheOthers(t *testing.T) {
	s := serve(t, nil)
	full := errors.New("disk full")
	var k kept
	p := load.Plan{Concurrency: 2, Measure: load.Requests(100_000)}
	w, err := runner(t, s.URL).Run(t.Context(), source(t), p, &kept{fail: full}, &k)
	require.ErrorIs(t, err, full)
	require.False(t, w.Complete)
	require.NotEmpty(t, k.records)
}

func TestASourceThatBreaksEndsTheLevel(t *testing.T) {
	s := serve(t, nil)
	var k kept
	w, err := runner(t, s.URL).Run(t.Context(), &breaks{source(t), 4}, load.Plan{Concurrency: 2, Measure: load.Requests(100)}, &k)
	require.ErrorIs(t, err, errBroken)
	require.False(t, w.Complete)
	require.Len(t, k.records, 4)
}

var errBroken = errors.New("line 5 is not JSON")

// breaks fails after n sessions.
type breaks struct {
	workload.Source
	n int
}

func (b *breaks) Next(ctx context.Context) (workload.Session, error) {
	if b.n == 0 {
		return nil, errBroken
	}
	b.n--
	return b.Source.Next(ctx)
}

func TestADeadEndpointIsAnErrorBeforeTheFirstRequest(t *testing.T) {
	s := serve(t, nil)
	s.Close()
	_, err := runner(t, s.URL).Run(t.Context(), source(t), load.Plan{Concurrency: 2, Measure: load.Requests(10)})
	require.ErrorContains(t, err, "connection refused")
}

func TestRunRefusesAPlan(t *testing.T) {
	_, err := runner(t, "http://127.0.0.1:1").Run(t.Context(), source(t), load.Plan{})
	require.ErrorContains(t, err, "concurrency 0")
}
