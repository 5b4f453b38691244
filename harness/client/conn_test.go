package client

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/internal/wait"
)

// goneStale waits until the slot's connection is seen to be closed.
func goneStale(t *testing.T, s *Slot) {
	require.NoError(t, wait.AtMost(t.Context(), time.Minute, time.Millisecond, func(context.Context) error {
		if s.link.alive() {
			return fmt.Errorf("connection still alive")
		}
		return nil
	}))
}

func TestStaleConnectionIsRenewed(t *testing.T) {
	for name, start := range map[string]func(http.Handler) *httptest.Server{
		"plain": httptest.NewServer, "tls": httptest.NewTLSServer,
	} {
		t.Run(name, func(t *testing.T) {
			var asked int
			h := sse(one, finish, done)
			srv := start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked++; h(w, r) }))
			defer srv.Close()
			cfg := Config{URL: srv.URL}
			if tr, ok := srv.Client().Transport.(*http.Transport); ok {
				cfg.TLS = tr.TLSClientConfig
			}
			s := slot(t, newClient(t, cfg))
			require.True(t, s.link.alive())
			for i, want := range []struct{ stale, reused bool }{{false, false}, {true, false}, {false, true}} {
				if want.stale {
					srv.CloseClientConnections()
					goneStale(t, s)
				}
				rec := record.Record{ID: uint64(i)}
				s.Do(t.Context(), hello(), nil, &rec)
				require.Equal(t, record.OK, rec.Outcome, rec.Error)
				require.Equal(t, want.reused, rec.Reused)
				require.Equal(t, want.stale, rec.Dialled > 0)
			}
			require.Equal(t, 3, asked)
		})
	}
}

func TestServerThatClosesAfterEach(t *testing.T) {
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		sse(one, done)(w, r)
	}))
	s := slot(t, newClient(t, Config{URL: url}))
	for i := range 3 {
		var rec record.Record
		s.Do(t.Context(), hello(), nil, &rec)
		require.Equal(t, record.OK, rec.Outcome, rec.Error)
		require.False(t, rec.Reused)
		require.Equal(t, i > 0, rec.Dialled > 0)
	}
}

// raw serves each connection by hand: it reads a request and writes the parts.
func raw(t *testing.T, parts ...string) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		br := bufio.NewReader(conn)
		req, err := http.ReadRequest(br)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, req.Body)
		for _, p := range parts {
			_, _ = io.WriteString(conn, p)
		}
	}()
	return "http://" + ln.Addr().String()
}

const okHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"

func TestCoalescedEvents(t *testing.T) {
	all := role + one + two + think + finish + done
	rec, _ := ask(t, Config{URL: raw(t, okHead+fmt.Sprintf("Content-Length: %d\r\n\r\n", len(all))+all), RawGaps: true}, hello())
	require.Equal(t, record.OK, rec.Outcome, rec.Error)
	require.Equal(t, 2, rec.Coalesced)
	require.True(t, rec.FirstShared)
	require.Equal(t, []int64{0, 0}, rec.Gaps.Raw)
	require.Equal(t, []int64{rec.Headers, rec.Headers, rec.Headers}, []int64{rec.FirstToken, rec.SecondToken, rec.Last})

	s := slot(t, newClient(t, Config{URL: serve(t, sse(role+one, finish+usage1+done))}))
	rec = record.Record{}
	s.Do(t.Context(), hello(), nil, &rec)
	require.Zero(t, rec.Coalesced)
	require.False(t, rec.FirstShared, "the first token is the newest of its read")
}

func TestFraming(t *testing.T) {
	body := one + finish + done
	for name, answer := range map[string]string{
		"until close":     okHead + "\r\n" + body,
		"HTTP/1.0":        "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + body,
		"interim answers": "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + okHead + "\r\n" + body,
		"chunks of one":   okHead + "Transfer-Encoding: chunked\r\n\r\n1\r\n" + strings.Join(strings.Split(body, ""), "\r\n1\r\n") + "\r\n0\r\n\r\n",
		"no last chunk":   okHead + "Transfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%x\r\n%s\r\n", len(body), body),
	} {
		t.Run(name, func(t *testing.T) {
			rec, _ := ask(t, Config{URL: raw(t, answer)}, hello())
			require.Equal(t, record.OK, rec.Outcome, rec.Error)
			require.Equal(t, 1, rec.Events)
		})
	}
	for name, tc := range map[string]struct {
		answer string
		want   record.Outcome
	}{
		"not HTTP":      {"hello\r\n\r\n", record.Connect},
		"half a header": {"HTTP/1.1 200 OK\r\nContent-", record.Connect},
		"short body":    {okHead + "Content-Length: 9999\r\n\r\n" + one, record.Truncated},
		"bad chunk":     {okHead + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", record.Truncated},
	} {
		t.Run(name, func(t *testing.T) {
			rec, _ := ask(t, Config{URL: raw(t, tc.answer)}, hello())
			require.Equal(t, tc.want, rec.Outcome, rec.Error)
		})
	}
}

func TestAnswerBeforeTheBodyIsRead(t *testing.T) {
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
	}))
	req := hello()
	req.Messages, req.Prompt = nil, strings.Repeat("x", 1<<20)
	rec, _ := ask(t, Config{URL: url}, req)
	require.Contains(t, []record.Outcome{record.HTTPError, record.Connect}, rec.Outcome)
	require.NotNil(t, rec.Error)
}

func TestLargeBodyArrivesWhole(t *testing.T) {
	var got int
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got = len(b)
		sse(one, done)(w, r)
	}))
	c := newClient(t, Config{URL: url})
	for _, n := range []int{10, maxInline, 300_000} {
		req := hello()
		req.Body = []byte(strings.Repeat(" ", n))
		var rec record.Record
		slot(t, c).Do(t.Context(), req, req.Body, &rec)
		require.Equal(t, record.OK, rec.Outcome, rec.Error)
		require.Equal(t, n, got)
	}
}

func TestUnknownAuthorityIsAConnectError(t *testing.T) {
	srv := httptest.NewUnstartedServer(sse(one, done))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	_, err := newClient(t, Config{URL: srv.URL}).Slots(t.Context(), 1)
	require.ErrorContains(t, err, "tls handshake")
	var unknown *tls.CertificateVerificationError
	require.ErrorAs(t, err, &unknown)
}
