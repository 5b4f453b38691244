package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
)

const inBand = `data: {"error":{"message":"engine died","type":"InternalServerError","code":500}}` + "\n\n"

// status answers with a status and a body.
func status(code int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(code)
		fmt.Fprint(w, body)
	}
}

// reset sends the parts and then resets the connection.
func reset(parts ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sse(parts...)(w, r)
		conn, _, _ := w.(http.Hijacker).Hijack()
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	}
}

func TestOutcomes(t *testing.T) {
	four := one + two + two + two
	for name, tc := range map[string]struct {
		answer  http.HandlerFunc
		want    record.Outcome
		status  int
		kind    string
		message string
		events  int
		defects int
	}{
		"ok":                      {answer: sse(role, one, two, finish, usage1, done), events: 2},
		"finish alone":            {answer: sse(one, finish), events: 1},
		"done alone":              {answer: sse(one, done), events: 1},
		"reset after finish":      {answer: reset(one, finish), events: 1},
		"reset after done":        {answer: reset(one, done), events: 1},
		"broken line inside":      {answer: sse(one, "data: {\"choices\":[{\"del\n\n", two, finish, done), events: 2, defects: 1},
		"whole answer":            {answer: status(200, "application/json; charset=utf-8", `{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":2,"completion_tokens":1}}`), events: 1},
		"500":                     {answer: status(500, "text/plain", "boom"), want: record.HTTPError, status: 500, kind: "Internal Server Error", message: "boom"},
		"400":                     {answer: status(400, "application/json", `{"error":{"message":"bad field","type":"invalid_request_error"}}`), want: record.HTTPError, status: 400, kind: "invalid_request_error", message: "bad field"},
		"422, detail":             {answer: status(422, "application/json", `{"detail":"no model"}`), want: record.HTTPError, status: 422, kind: "Unprocessable Entity", message: "no model"},
		"429, empty":              {answer: status(429, "text/plain", ""), want: record.HTTPError, status: 429, kind: "Too Many Requests", message: "429 Too Many Requests"},
		"redirect":                {answer: http.RedirectHandler("/elsewhere", http.StatusTemporaryRedirect).ServeHTTP, want: record.HTTPError, status: 307, kind: "Temporary Redirect", message: "redirect to /elsewhere not followed"},
		"in-band error":           {answer: sse(four, inBand), want: record.StreamError, kind: "InternalServerError", message: "engine died", events: 4},
		"in-band error, then end": {answer: sse(one, inBand, two, done), want: record.StreamError, kind: "InternalServerError", message: "engine died", events: 1},
		"error event":             {answer: sse(one, "event: error\n: worker gone\n\n"), want: record.StreamError, message: "worker gone", events: 1},
		"error object":            {answer: sse(`data: {"object":"error","message":"too long","type":"BadRequest"}` + "\n\n"), want: record.StreamError, kind: "BadRequest", message: "too long"},
		"error in whole answer":   {answer: status(200, "application/json", `{"error":"overloaded"}`), want: record.StreamError, message: "overloaded"},
		"clean end":               {answer: sse(four), want: record.Truncated, message: "stream ended without finish_reason or [DONE]", events: 4},
		"reset":                   {answer: reset(four), want: record.Truncated, message: "answer cut: read: connection reset by peer", events: 4},
		"page":                    {answer: status(200, "text/html", "<html>"), want: record.Truncated, message: "text/html"},
		"broken whole answer":     {answer: status(200, "application/json", `{"choices":`), want: record.Truncated, message: "not JSON"},
		"empty":                   {answer: sse(role, finish, done), want: record.Empty, message: "without content"},
		"usage only":              {answer: sse(usage1, done), want: record.Empty, message: "without content"},
		"empty whole answer":      {answer: status(200, "application/json", `{"choices":[{"message":{"content":""}}]}`), want: record.Empty, message: "without content"},
	} {
		t.Run(name, func(t *testing.T) {
			rec, reply := ask(t, Config{URL: serve(t, tc.answer)}, hello())
			require.Equal(t, tc.want.String(), rec.Outcome.String(), rec.Error)
			require.Equal(t, tc.want == record.OK, reply.OK)
			require.Equal(t, tc.events, rec.Events)
			require.Equal(t, tc.defects, rec.Defects)
			require.Positive(t, rec.Sent)
			require.GreaterOrEqual(t, rec.End, rec.Last)
			require.Equal(t, tc.want == record.OK, rec.Error == nil)
			if rec.Error != nil {
				require.Contains(t, rec.Error.Message, tc.message)
				require.Equal(t, tc.status, rec.Error.Status)
				require.Equal(t, tc.kind, rec.Error.Type)
				require.Greater(t, rec.End, rec.Written)
			}
		})
	}
}

func TestLongMessagesAreCut(t *testing.T) {
	rec, _ := ask(t, Config{URL: serve(t, status(500, "text/plain", strings.Repeat("é", record.MaxMessage)))}, hello())
	require.LessOrEqual(t, len(rec.Error.Message), record.MaxMessage)
	require.True(t, strings.HasSuffix(rec.Error.Message, "é"))
}

// hang sends the parts and then nothing until the client goes.
func hang(parts ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sse(parts...)(w, r)
		<-r.Context().Done()
	}
}

func TestTimeout(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"before headers": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		},
		"in the stream": hang(one),
		"after finish":  hang(one, finish),
	} {
		t.Run(name, func(t *testing.T) {
			rec, _ := ask(t, Config{URL: serve(t, h), Timeout: 30 * time.Millisecond}, hello())
			require.Equal(t, record.Timeout, rec.Outcome, rec.Error)
			require.Equal(t, "answer not whole 30ms after the send", rec.Error.Message)
			require.GreaterOrEqual(t, rec.End-rec.Sent, int64(29*time.Millisecond))
		})
	}
}

func TestCancelAfterTheSend(t *testing.T) {
	req := hello()
	req.CancelAfter = 30 * time.Millisecond
	rec, _ := ask(t, Config{URL: serve(t, hang(one))}, req)
	require.Equal(t, record.Cancelled, rec.Outcome)
	require.Equal(t, 1, rec.Events)
	require.Contains(t, rec.Error.Message, "30ms after the send")
}

func TestCancelByContext(t *testing.T) {
	why := errors.New("level over")
	ctx, cancel := context.WithCancelCause(t.Context())
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sse(one)(w, r)
		cancel(why)
		<-r.Context().Done()
	}))
	s := slot(t, newClient(t, Config{URL: url}))
	for i := range 2 {
		var rec record.Record
		s.Do(ctx, hello(), nil, &rec)
		require.Equal(t, i == 0, rec.Sent > 0, "the second finds ctx done")
		require.Equal(t, record.Cancelled, rec.Outcome)
		require.Equal(t, "level over", rec.Error.Message)
		require.Positive(t, rec.End)
	}
}

func TestConnectFailures(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { // one connection, lost with the request on it
		conn, err := ln.Accept()
		_ = ln.Close()
		if err == nil {
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			_ = conn.Close()
		}
	}()
	s := slot(t, newClient(t, Config{URL: "http://" + ln.Addr().String()}))
	var lost, refused record.Record
	s.Do(t.Context(), hello(), nil, &lost)
	require.Equal(t, record.Connect, lost.Outcome, lost.Error)
	require.Contains(t, lost.Error.Message, "no answer")
	require.Positive(t, lost.Sent)
	s.Do(t.Context(), hello(), nil, &refused)
	require.Equal(t, record.Connect, refused.Outcome)
	require.Zero(t, refused.Sent)
	require.Positive(t, refused.Dialled)
	require.Positive(t, refused.End)

	_, err = newClient(t, Config{URL: "http://" + ln.Addr().String()}).Slots(t.Context(), 3)
	require.ErrorContains(t, err, "open 3 connections")
}

func TestClientFault(t *testing.T) {
	s := slot(t, newClient(t, Config{URL: serve(t, sse(one, done))}))
	req := hello()
	req.Messages, req.Tokens = nil, []int32{1, 2}
	var rec record.Record
	s.Do(t.Context(), req, nil, &rec)
	require.Equal(t, record.Client, rec.Outcome)
	require.Zero(t, rec.Sent)

	rec = record.Record{}
	s.Do(t.Context(), hello(), nil, &rec)
	require.Equal(t, record.OK, rec.Outcome, "the connection is none the worse")
	require.Zero(t, rec.Dialled)
}
