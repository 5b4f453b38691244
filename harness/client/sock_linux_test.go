package client

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/workload"
	"github.com/dynbench/dynbench/internal/wait"
)

// byHand serves connections by hand: each is given to do after its first request was read.
func byHand(t *testing.T, do func(conn *net.TCPConn, br *bufio.Reader)) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var all sync.WaitGroup
	t.Cleanup(func() { _ = ln.Close(); all.Wait() })
	all.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer conn.Close()
				br := bufio.NewReader(conn)
				if req, err := http.ReadRequest(br); err == nil {
					_, _ = io.Copy(io.Discard, req.Body)
					do(conn.(*net.TCPConn), br)
				}
			})
		}
	})
	return "http://" + ln.Addr().String()
}

func TestPlainConnectionsAreReadByTheHub(t *testing.T) {
	s := slot(t, newClient(t, Config{URL: serve(t, sse(one, done))}))
	require.IsType(t, &sock{}, s.link)
}

// Data and the end of the connection that come at one time are told of at one
// time: whoever reads only the data must still learn of the end.
func TestAnEndRightBehindTheDataIsSeen(t *testing.T) {
	for name, end := range map[string]func(*net.TCPConn){
		"closed": func(c *net.TCPConn) { _ = c.Close() },
		"reset":  func(c *net.TCPConn) { _ = c.SetLinger(0); _ = c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			url := byHand(t, func(c *net.TCPConn, _ *bufio.Reader) {
				_, _ = io.WriteString(c, sseHead+"Transfer-Encoding: chunked\r\n\r\n"+"200\r\n"+one)
				end(c)
			})
			c := newClient(t, Config{URL: url, Timeout: time.Minute})
			for range 50 {
				rec, s := record.Record{}, slot(t, c)
				s.Do(t.Context(), hello(), nil, &rec)
				require.NotEqual(t, record.Timeout, rec.Outcome)
				require.False(t, rec.OK())
				s.Close()
			}
		})
	}
}

func TestUnaskedBytesSpoilAnIdleConnection(t *testing.T) {
	more := make(chan struct{})
	url := byHand(t, func(c *net.TCPConn, br *bufio.Reader) {
		_, _ = io.WriteString(c, sseHead+"Transfer-Encoding: chunked\r\n\r\n"+chunked(one, finish+done))
		<-more
		_, _ = io.WriteString(c, "HTTP/1.1 408 Request Timeout\r\n\r\n")
		_, _ = br.ReadByte()
	})
	s := slot(t, newClient(t, Config{URL: url}))
	var rec record.Record
	s.Do(t.Context(), hello(), nil, &rec)
	require.Equal(t, record.OK, rec.Outcome)
	require.True(t, s.link.alive())
	close(more)
	goneStale(t, s)
	k := s.link.(*sock)
	require.NoError(t, wait.AtMost(t.Context(), time.Minute, time.Millisecond, func(context.Context) error {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.phase != spoiled {
			return errors.New("the hub has not seen it")
		}
		return nil
	}))
	require.ErrorContains(t, k.arm(&s.in, &s.c.cfg, time.Second), "broken pipe")
}

// A server that does not read lets the write wait; the limits end that too.
func TestAWriteThatWaitsKeepsTheLimits(t *testing.T) {
	stop := make(chan struct{})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	go func() {
		conn, err := ln.Accept()
		if err == nil {
			<-stop
			_ = conn.Close()
		}
	}()
	defer close(stop)
	s := slot(t, newClient(t, Config{URL: "http://" + ln.Addr().String(), Timeout: 100 * time.Millisecond}))
	req := &workload.Request{Messages: []workload.Message{{Role: "user", Content: strings.Repeat("long ", 4<<20)}}}
	var rec record.Record
	s.Do(t.Context(), req, nil, &rec)
	require.Equal(t, record.Timeout, rec.Outcome, rec.Error)

	s = slot(t, newClient(t, Config{URL: "http://" + ln.Addr().String()}))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	s.Do(ctx, req, nil, &rec)
	require.Equal(t, record.Cancelled, rec.Outcome, rec.Error)
}

// A body larger than the socket's buffer goes out whole once the server reads.
func TestALargeBodyArrivesWhole(t *testing.T) {
	var got int64
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-time.After(10 * time.Millisecond)
		got, _ = io.Copy(io.Discard, r.Body)
		sse(one, finish, done)(w, r)
	}))
	s := slot(t, newClient(t, Config{URL: url}))
	body := []byte(`{"x":"` + strings.Repeat("y", 8<<20) + `"}`)
	var rec record.Record
	s.Do(t.Context(), hello(), body, &rec)
	require.Equal(t, record.OK, rec.Outcome, rec.Error)
	require.EqualValues(t, len(body), got)
}

// Keys at the reader are used again, and what an old connection was told of never
// reaches the new one.
func TestManyConnectionsComeAndGo(t *testing.T) {
	c := newClient(t, Config{URL: serve(t, sse(one, two, finish, usage1, done))})
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 20 {
				s := c.Slot()
				for range 2 {
					var rec record.Record
					s.Do(t.Context(), hello(), nil, &rec)
					if !rec.OK() || rec.Events != 2 {
						t.Errorf("%s, %d events, %v", rec.Outcome, rec.Events, rec.Error)
					}
				}
				s.Close()
			}
		})
	}
	all.Wait()
	require.True(t, c.hub.Idle(), "no goroutine is left when no connection is")
}
