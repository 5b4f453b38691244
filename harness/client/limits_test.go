package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
)

// silent reads the request and says nothing.
func silent(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// slow sends each part after a pause.
func slow(pause time.Duration, parts ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, p := range parts {
			<-time.After(pause)
			sse(p)(w, r)
		}
	}
}

func TestLimitsByKind(t *testing.T) {
	const short, long = 60 * time.Millisecond, time.Minute
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		cfg    Config
		want   string // "": the answer is whole
	}{
		"no first token, no answer":     {silent, Config{FirstToken: short}, "no content 60ms after the send"},
		"no first token, but headers":   {hang(role), Config{FirstToken: short, BetweenTokens: 10 * time.Millisecond}, "no content 60ms after the send"},
		"a first token is enough":       {slow(short, one, two, finish, done), Config{FirstToken: 10 * short}, ""},
		"no second token":               {hang(one), Config{FirstToken: long, BetweenTokens: short}, "no more content for 60ms"},
		"no token after some":           {hang(one, two, two), Config{BetweenTokens: short}, "no more content for 60ms"},
		"tokens slower than the look":   {slow(short/2, one, two, two, two, finish, done), Config{BetweenTokens: 10 * short}, ""},
		"finished, but not ended":       {hang(one, finish), Config{BetweenTokens: 10 * time.Millisecond, Timeout: short}, "answer not whole 60ms after the send"},
		"first token late, whole later": {hang(role), Config{FirstToken: long, Timeout: short}, "answer not whole 60ms after the send"},
	} {
		t.Run(name, func(t *testing.T) {
			tc.cfg.URL = serve(t, tc.answer)
			rec, _ := ask(t, tc.cfg, hello())
			if tc.want == "" {
				require.Equal(t, record.OK, rec.Outcome, rec.Error)
				return
			}
			require.Equal(t, record.Timeout, rec.Outcome, rec.Error)
			require.Equal(t, tc.want, rec.Error.Message)
			require.GreaterOrEqual(t, rec.End-max(rec.Sent, rec.Last), int64(short-time.Millisecond))
		})
	}
}

func TestALimitIsNotTheCancellation(t *testing.T) {
	req := hello()
	req.CancelAfter = time.Minute
	rec, _ := ask(t, Config{URL: serve(t, http.HandlerFunc(silent)), FirstToken: 20 * time.Millisecond}, req)
	require.Equal(t, record.Timeout, rec.Outcome, rec.Error)
	require.Contains(t, rec.Error.Message, "no content")

	req.CancelAfter = 20 * time.Millisecond
	rec, _ = ask(t, Config{URL: serve(t, http.HandlerFunc(silent)), FirstToken: time.Minute}, req)
	require.Equal(t, record.Cancelled, rec.Outcome, rec.Error)
}

func TestCancelledWhileTheDeadlineMoves(t *testing.T) {
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errors.New("level over"))
	defer cancel()
	s := slot(t, newClient(t, Config{URL: serve(t, hang(role)), BetweenTokens: time.Microsecond}))
	var rec record.Record
	s.Do(ctx, hello(), nil, &rec)
	require.Equal(t, record.Cancelled, rec.Outcome, rec.Error)
	require.Equal(t, "level over", rec.Error.Message)
}

func TestLimitsMustNotBeNegative(t *testing.T) {
	_, err := New(Config{URL: "http://h", Model: "m", BetweenTokens: -1})
	require.ErrorContains(t, err, "negative time limit")
}
