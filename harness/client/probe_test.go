package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// picky is a server that refuses bodies in which refuse finds fault.
func picky(asked *atomic.Int32, refuse func(map[string]any) string, answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/models" {
			fmt.Fprint(w, `{"object":"list","data":[{"id":"tiny"},{"id":"other"}]}`)
			return
		}
		asked.Add(1)
		raw, _ := io.ReadAll(r.Body)
		var body map[string]any
		_ = json.Unmarshal(raw, &body)
		if why := refuse(body); why != "" {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"message":%q,"type":"Bad Request","code":400}`, why)
			return
		}
		w.Header().Set("Server", "picky/1")
		answer(w, r)
	}
}

func TestProbeDropsWhatIsRefused(t *testing.T) {
	named := func(format string, keys ...string) func(map[string]any) string {
		return func(body map[string]any) string {
			for _, k := range keys {
				if _, ok := body[k]; ok {
					return fmt.Sprintf(format, k)
				}
			}
			return ""
		}
	}
	dynamo := func(body map[string]any) string {
		if ext, _ := body["nvext"].(map[string]any); ext["ignore_eos"] != nil {
			return "Failed to deserialize: unknown field `ignore_eos`, expected one of `greed_sampling`, `max_thinking_tokens`"
		}
		return named("Unsupported parameter(s): `%s`", "max_completion_tokens")(body)
	}
	openai := func(body map[string]any) string {
		if _, ok := body["max_tokens"]; ok {
			return "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
		}
		return named("Unrecognized request argument supplied: %s", "ignore_eos", "min_tokens", "nvext")(body)
	}
	full := FullDialect()
	for name, tc := range map[string]struct {
		refuse func(map[string]any) string
		want   Dialect
		most   int32
	}{
		"all taken": {func(map[string]any) string { return "" }, full, 1},
		"dynamo":    {dynamo, Dialect{MaxTokens: true, MinTokens: true, IgnoreEOS: true, IncludeUsage: true}, 3},
		"openai":    {openai, Dialect{MaxCompletionTokens: true, IncludeUsage: true}, 5},
		"unnamed": {
			func(b map[string]any) string {
				if b["min_tokens"] != nil || b["nvext"] != nil {
					return "bad request"
				}
				return ""
			},
			Dialect{MaxTokens: true, MaxCompletionTokens: true, IgnoreEOS: true, IncludeUsage: true}, 8,
		},
		"unnamed, one length": {
			func(b map[string]any) string {
				if b["max_tokens"] != nil {
					return "bad request"
				}
				return ""
			},
			Dialect{MaxCompletionTokens: true, MinTokens: true, IgnoreEOS: true, NvextIgnoreEOS: true, IncludeUsage: true}, 9,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			url := serve(t, picky(&asked, tc.refuse, sse(one, two, finish, usage1, done)))
			p, err := newClient(t, Config{URL: url, Dialect: full}).Probe(t.Context(), hello())
			require.NoError(t, err)
			require.Equal(t, tc.want, p.Dialect)
			require.LessOrEqual(t, asked.Load(), tc.most)
			require.True(t, p.Streams)
			require.True(t, p.Usage)
			require.Equal(t, 8, p.Output)
			require.Positive(t, p.TTFT)
			require.Equal(t, []string{"tiny", "other"}, p.Models)
			require.Equal(t, "picky/1", p.Server)
			require.Equal(t, tc.want != full, len(p.Notes) == 1, p.Notes)
		})
	}
}

// A field of nvext that is refused is named, and what else nvext asks for stays.
func TestProbeKeepsTheRestOfNvext(t *testing.T) {
	var asked atomic.Int32
	var left any
	url := serve(t, picky(&asked, func(body map[string]any) string {
		ext, _ := body["nvext"].(map[string]any)
		if ext["ignore_eos"] != nil {
			return "unknown field `ignore_eos`, expected one of `greed_sampling`, `extra_fields`"
		}
		left = ext["extra_fields"]
		return ""
	}, sse(one, two, finish, usage1, done)))
	extra := map[string]any{"nvext": map[string]any{"extra_fields": []string{"worker_id"}}}
	p, err := newClient(t, Config{URL: url, Dialect: FullDialect(), Extra: extra}).Probe(t.Context(), hello())
	require.NoError(t, err)
	require.False(t, p.Dialect.NvextIgnoreEOS)
	require.True(t, p.Dialect.IgnoreEOS)
	require.Equal(t, []any{"worker_id"}, left)
	require.Equal(t, []string{"the server refuses nvext.ignore_eos: not sent"}, p.Notes)
}

func TestProbeKeepsTheLastLengthField(t *testing.T) {
	var asked atomic.Int32
	url := serve(t, picky(&asked, func(map[string]any) string { return "max_tokens is too large: the context is 4" }, nil))
	_, err := newClient(t, Config{URL: url, Dialect: Dialect{MaxTokens: true}}).Probe(t.Context(), hello())
	require.ErrorIs(t, err, ErrRefused)
	require.ErrorContains(t, err, "max_tokens is too large")
	require.EqualValues(t, 1, asked.Load())
}

func TestProbeGivesUpOnWhatNoFieldExplains(t *testing.T) {
	var asked atomic.Int32
	url := serve(t, picky(&asked, func(map[string]any) string { return "no" }, nil))
	_, err := newClient(t, Config{URL: url, Dialect: FullDialect()}).Probe(t.Context(), hello())
	require.ErrorIs(t, err, ErrRefused)
	require.LessOrEqual(t, asked.Load(), int32(probeAsks))
}

func TestProbeErrors(t *testing.T) {
	var asked atomic.Int32
	status := 0
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/models" {
			fmt.Fprint(w, `{"data":[{"id":"other"}]}`)
			return
		}
		asked.Add(1)
		w.WriteHeader(status)
		fmt.Fprint(w, `{"error":{"message":"so it is","type":"why"}}`)
	}))
	c := newClient(t, Config{URL: url})
	for _, tc := range []struct {
		status int
		is     error
		says   string
		asked  int32
	}{
		{404, ErrRefused, `so it is (asked for model "tiny"; served: other)`, 1},
		{401, ErrRefused, "status 401: so it is", 1},
		{503, ErrNotReady, "failed 5 times; last: http_error 503: so it is", 5},
	} {
		asked.Store(0)
		status = tc.status
		_, err := c.Probe(t.Context(), hello())
		require.ErrorIs(t, err, tc.is)
		require.ErrorContains(t, err, tc.says)
		require.Equal(t, tc.asked, asked.Load())
	}
}

func TestProbeRepeatsUntilItAnswers(t *testing.T) {
	var n atomic.Int32
	h := sse(one, finish, done)
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/models" && n.Add(1) < 4 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		h(w, r)
	}))
	p, err := newClient(t, Config{URL: url, Dialect: FullDialect()}).Probe(t.Context(), hello())
	require.NoError(t, err)
	require.EqualValues(t, 4, n.Load())
	require.Len(t, p.Notes, 2, "no usage, and one token of eight")
	require.Contains(t, p.Notes[0], "reports no usage")
	require.Contains(t, p.Notes[1], "asked for 8 output tokens and got 1")
}

func TestReady(t *testing.T) {
	var looks atomic.Int32
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch n := looks.Add(1); {
		case r.URL.Path == "/health" && n < 3:
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.URL.Path == "/health":
			w.WriteHeader(http.StatusNotFound)
		case n < 5:
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	require.NoError(t, newClient(t, Config{URL: url}).Ready(t.Context()))
	require.EqualValues(t, 6, looks.Load(), "health refused twice, models once")
}

func TestReadySaysWhatItTried(t *testing.T) {
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, `{"message":"loading"}`)
	}))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := newClient(t, Config{URL: url + "/base"}).Ready(ctx)
	require.ErrorIs(t, err, ErrNotReady)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "/base/health: status 503: loading")
	require.True(t, strings.HasPrefix(err.Error(), "target not ready"))
}
