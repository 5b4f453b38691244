package client

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
)

// closingServer answers one request on each connection and ends it then,
// without a word of that in its headers, as llama.cpp's does after a stream.
func closingServer(t *testing.T, asked *atomic.Int64) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { ln.Close() })
	const answer = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n"
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			if req, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = io.Copy(io.Discard, req.Body)
				asked.Add(1)
				fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n%s", len(answer), answer)
			}
			conn.Close()
		}
	}()
	return "http://" + ln.Addr().String()
}

func TestAServerThatClosesAfterEachAnswerGetsNewConnections(t *testing.T) {
	var asked atomic.Int64
	c := newClient(t, Config{URL: closingServer(t, &asked)})
	told, err := c.Probe(t.Context(), hello())
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(told.Notes), "closes each connection")
	before := asked.Load()
	s := slot(t, c)
	for i := range 20 {
		rec := record.Record{ID: uint64(i)}
		s.Do(t.Context(), hello(), nil, &rec)
		require.Equal(t, record.OK, rec.Outcome, "%d: %v", i, rec.Error)
		require.False(t, rec.Reused, i)
		require.Equal(t, i > 0, rec.Dialled > 0, i)
	}
	require.EqualValues(t, 20, asked.Load()-before)
}

func TestAServerThatKeepsConnectionsKeepsThem(t *testing.T) {
	srv := serve(t, sse(one, finish, done))
	c := newClient(t, Config{URL: srv})
	told, err := c.Probe(t.Context(), hello())
	require.NoError(t, err)
	require.NotContains(t, fmt.Sprint(told.Notes), "closes each connection")
	s := slot(t, c)
	for i := range 2 {
		rec := record.Record{ID: uint64(i)}
		s.Do(t.Context(), hello(), nil, &rec)
		require.Equal(t, i > 0, rec.Reused)
	}
}
