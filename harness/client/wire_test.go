package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/internal/stamp"
	"github.com/dynbench/dynbench/internal/wait"
)

func onLinux(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("this system gives no stamps")
	}
}

// wired is a wire and the other end of its connection, once the kernel stamps.
func wired(t *testing.T) (*wire, net.Conn) {
	onLinux(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	near, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	far, err := ln.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	clock := record.NewClock()
	w := newWire(near, passage{clock: clock, wall: stamp.NewWall(clock.Base())})
	require.NoError(t, wait.AtMost(t.Context(), time.Minute, time.Millisecond, func(context.Context) (err error) {
		if _, err = far.Write([]byte("x")); err == nil {
			if _, err = w.Read(make([]byte, 8)); err == nil && !w.last.kernel {
				err = errors.New("no stamp yet")
			}
		}
		return err
	}))
	w.begin()
	return w, far
}

func TestALateReaderDoesNotMakeTheArrivalLate(t *testing.T) {
	w, far := wired(t)
	_, err := w.Write([]byte("ask"))
	require.NoError(t, err)
	_, err = far.Write([]byte("answer"))
	require.NoError(t, err)
	written := w.clock.Now()
	late := 50 * time.Millisecond
	<-time.After(late)
	_, err = w.Read(make([]byte, 64))
	require.NoError(t, err)
	require.True(t, w.last.kernel)
	require.Greater(t, w.last.at, w.sent)
	require.Less(t, w.last.at, written+int64(late/2))
	require.Greater(t, w.last.delay, int64(late/2))
}

func TestAStampOlderThanTheSendIsNotUsed(t *testing.T) {
	w, far := wired(t)
	_, err := far.Write([]byte("unasked"))
	require.NoError(t, err)
	<-time.After(time.Millisecond)
	_, err = w.Write([]byte("ask"))
	require.NoError(t, err)
	_, err = w.Read(make([]byte, 64))
	require.NoError(t, err)
	require.False(t, w.last.kernel)
	require.Zero(t, w.last.delay)
	require.Greater(t, w.last.at, w.sent)
}

func TestRecordsSayWhoStamped(t *testing.T) {
	onLinux(t)
	for name, start := range map[string]func(http.Handler) *httptest.Server{
		"plain": httptest.NewServer, "tls": httptest.NewTLSServer,
	} {
		t.Run(name, func(t *testing.T) {
			srv := start(sse(role, one, two, finish, usage1, done))
			defer srv.Close()
			cfg := Config{URL: srv.URL}
			if tr, ok := srv.Client().Transport.(*http.Transport); ok {
				cfg.TLS = tr.TLSClientConfig
			}
			s := slot(t, newClient(t, cfg))
			var rec record.Record
			require.NoError(t, wait.AtMost(t.Context(), time.Minute, time.Millisecond, func(context.Context) error {
				rec = record.Record{}
				if s.Do(t.Context(), hello(), nil, &rec); rec.Stamp != record.Kernel {
					return errors.New("no stamp yet")
				}
				return nil
			}))
			require.Equal(t, record.OK, rec.Outcome)
			require.Zero(t, rec.Unstamped)
			require.Positive(t, rec.ReceiveDelay)
			require.GreaterOrEqual(t, rec.ReceiveDelayMax, rec.ReceiveDelay)
			require.IsNonDecreasing(t, []int64{rec.Sent, rec.Headers, rec.FirstToken, rec.SecondToken, rec.End})

			s.link.passed().stamps = false // as on another system
			rec = record.Record{}
			s.Do(t.Context(), hello(), nil, &rec)
			require.Equal(t, record.User, rec.Stamp)
			require.Equal(t, []int64{0, 0, 0}, []int64{int64(rec.Unstamped), rec.ReceiveDelay, rec.ReceiveDelayMax})
		})
	}
}

func TestReadsWithoutAStampAreCounted(t *testing.T) {
	var rec record.Record
	var tl tally
	tl.reset(&rec, false, &Config{})
	for i, a := range []arrival{{at: 1, read: 1, kernel: true}, {at: 2, read: 2}, {at: 2, read: 2}, {at: 3, read: 3, kernel: true}} {
		tl.event(event{data: []byte(split(one)[0].Data)}, a)
		require.Equal(t, i+1, rec.Events)
	}
	require.Equal(t, 1, rec.Unstamped)
	tl.stamped(&passage{stamps: true})
	require.Equal(t, record.User, rec.Stamp)
}

// counting is a server that allocates nothing an event.
func counting(t *testing.T, events int) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = ln.Close() })
	chunk := func(s string) []byte { return fmt.Appendf(nil, "%x\r\n%s\r\n", len(s), s) }
	event, end := chunk(usual), append(chunk(finish+done), "0\r\n\r\n"...)
	go func() {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		for br := bufio.NewReader(conn); ; {
			req, err := http.ReadRequest(br)
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, req.Body)
			_, _ = io.WriteString(conn, okHead+"Transfer-Encoding: chunked\r\n\r\n")
			for range events {
				_, _ = conn.Write(event)
			}
			_, _ = conn.Write(end)
		}
	}()
	return "http://" + ln.Addr().String()
}

func TestEventsAllocateNothing(t *testing.T) {
	allocs := func(events int) float64 {
		s, req, body := slot(t, newClient(t, Config{URL: counting(t, events)})), hello(), []byte(`{}`)
		return testing.AllocsPerRun(5, func() {
			var rec record.Record
			s.Do(t.Context(), req, body, &rec)
			require.Equal(t, events, rec.Events)
		})
	}
	few, many := allocs(10), allocs(1010)
	require.Less(t, many-few, 100.0, "the gaps' buckets grow, but nothing is allocated an event")
}
