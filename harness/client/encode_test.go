package client

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/workload"
)

func TestEncode(t *testing.T) {
	msg := []workload.Message{{Role: "user", Content: "a < b"}}
	const messages = `"messages":[{"role":"user","content":"a < b"}],`
	const chat = messages + `"model":"tiny"`
	for name, tc := range map[string]struct {
		cfg  Config
		req  workload.Request
		want string
	}{
		"bare":         {Config{}, workload.Request{Messages: msg}, `{` + chat + `,"stream":true}`},
		"length unset": {Config{Dialect: FullDialect()}, workload.Request{Messages: msg}, `{` + chat + `,"stream":true,"stream_options":{"include_usage":true}}`},
		"full": {
			Config{Dialect: FullDialect()},
			workload.Request{Messages: msg, MaxTokens: 5},
			`{"ignore_eos":true,"max_completion_tokens":5,"max_tokens":5,` + messages +
				`"min_tokens":5,"model":"tiny","nvext":{"ignore_eos":true},"stream":true,"stream_options":{"include_usage":true}}`,
		},
		"merged": {
			Config{Dialect: Dialect{NvextIgnoreEOS: true}, Extra: map[string]any{"temperature": 1, "nvext": map[string]any{"a": 1, "b": 1}}},
			workload.Request{Messages: msg, MaxTokens: 5, Extra: map[string]any{"temperature": 0, "nvext": map[string]any{"b": 2}}},
			`{` + chat + `,"nvext":{"a":1,"b":2,"ignore_eos":true},"stream":true,"temperature":0}`,
		},
		"prompt to chat": {Config{}, workload.Request{Prompt: "a < b"}, `{` + chat + `,"stream":true}`},
		"completions":    {Config{Endpoint: Completions}, workload.Request{Prompt: "p"}, `{"model":"tiny","prompt":"p","stream":true}`},
		"token ids":      {Config{Endpoint: Completions}, workload.Request{Tokens: []int32{1, 2}}, `{"model":"tiny","prompt":[1,2],"stream":true}`},
		"verbatim":       {Config{Dialect: FullDialect()}, workload.Request{Body: []byte(`{"x": 1}`), MaxTokens: 3}, `{"x": 1}`},
	} {
		t.Run(name, func(t *testing.T) {
			tc.cfg.URL = "http://h:1"
			c := newClient(t, tc.cfg)
			for range 20 { // the order of a map's keys must not show
				got, err := c.Encode(&tc.req)
				require.NoError(t, err)
				require.Equal(t, tc.want, string(got))
			}
		})
	}
	for _, tc := range []struct {
		e   Endpoint
		req workload.Request
	}{
		{Completions, workload.Request{Messages: msg}},
		{Chat, workload.Request{Tokens: []int32{1}}},
		{Chat, workload.Request{}},
		{Completions, workload.Request{}},
	} {
		_, err := newClient(t, Config{URL: "http://h:1", Endpoint: tc.e}).Encode(&tc.req)
		require.ErrorIs(t, err, ErrForm)
	}
}

func TestHeaders(t *testing.T) {
	var got http.Header
	var host, path string
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, host, path = r.Header, r.Host, r.URL.Path
		sse(one, done)(w, r)
	}))
	cfg := Config{URL: url + "/base", APIKey: "secret", Version: "1.2.3", Headers: http.Header{"x-a": {"1"}, "X-B": {"1"}, "Host": {"virtual"}}}
	req := hello()
	req.Headers = http.Header{"X-B": {"2"}}
	rec, _ := ask(t, cfg, req)
	require.Equal(t, record.OK, rec.Outcome, rec.Error)
	require.Equal(t, "/base/v1/chat/completions", path)
	require.Equal(t, "virtual", host)
	for name, want := range map[string]string{
		"Authorization": "Bearer secret", "User-Agent": "dynbench/1.2.3", "Accept": "text/event-stream",
		"Content-Type": "application/json", "X-A": "1", "X-B": "2", "X-Request-Id": rec.RequestID,
	} {
		require.Equal(t, []string{want}, got[name], name)
	}
	require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, rec.RequestID)

	for _, bad := range []http.Header{{"A b": {"1"}}, {"X": {"1\r\nY: 2"}}, {"Content-Length": {"1"}}, {"": {"1"}}} {
		_, err := New(Config{URL: url, Model: "m", Headers: bad})
		require.Error(t, err, bad)
	}
	_, err := New(Config{URL: url, Model: "m", APIKey: "a\nb"})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "a\nb")
}

func TestRequestIDsDiffer(t *testing.T) {
	c := newClient(t, Config{URL: "http://h:1"})
	seen := map[string]bool{}
	for _, r := range []record.Record{{}, {ID: 1}, {ID: 1 << 40}, {Level: 1}, {Level: 300}, {Repeat: 1}, {Shard: 1}} {
		seen[c.requestID(&r)] = true
	}
	seen[newClient(t, Config{URL: "http://h:1"}).requestID(&record.Record{})] = true
	require.Len(t, seen, 8)
}

func TestReadUsage(t *testing.T) {
	for _, tc := range []struct {
		in   string
		want usage
	}{
		{`{"input_tokens":5,"cache_read_input_tokens":95,"cache_creation_input_tokens":0}`, usage{100, -1, -1, 95}},
		{`{"prompt_tokens":100,"prompt_tokens_details":{"cached_tokens":64},"completion_tokens":30,"completion_tokens_details":{"reasoning_tokens":20}}`, usage{100, 30, 20, 64}},
		{`{"prompt_tokens":5,"completion_tokens":8,"prompt_tokens_details":{"audio_tokens":null,"cached_tokens":0}}`, usage{5, 8, -1, 0}},
		{`{"prompt_tokens":5,"completion_tokens":8,"prompt_tokens_details":null}`, usage{5, 8, -1, -1}},
		{`{"input_tokens":100,"input_tokens_details":{"cached_tokens":64},"output_tokens":9,"output_tokens_details":{"reasoning_tokens":2}}`, usage{100, 9, 2, 64}},
		{`{"promptTokenCount":7,"candidatesTokenCount":3,"thoughtsTokenCount":2,"cachedContentTokenCount":1}`, usage{7, 3, 2, 1}},
		{`{"usageMetadata":{"promptTokenCount":7}}`, usage{7, -1, -1, -1}},
		{`{"inputTokens":5,"cacheReadInputTokens":2,"cacheWriteInputTokens":3,"outputTokens":4}`, usage{10, 4, -1, 2}},
		{`{"input_token_count":5,"generated_token_count":6}`, usage{5, 6, -1, -1}},
		{`{"prompt_tokens":9,"prompt_cache_hit_tokens":8,"prompt_cache_miss_tokens":1}`, usage{9, -1, -1, 8}},
		{`{"tokens":{"input_tokens":4}}`, usage{4, -1, -1, -1}},
		{`{"meta":{"tokens":{"output_tokens":4}}}`, usage{-1, 4, -1, -1}},
		{`{"prompt_tokens":"9","completion_tokens":-1}`, usage{-1, -1, -1, -1}},
		{`{"prompt_tokens":9.0}`, usage{9, -1, -1, -1}},
		{`{}`, usage{-1, -1, -1, -1}},
		{`[`, usage{-1, -1, -1, -1}},
	} {
		require.Equal(t, tc.want, readUsage([]byte(tc.in)), tc.in)
	}
}

func FuzzReadUsage(f *testing.F) {
	f.Add([]byte(`{"input_tokens":5,"cache_read_input_tokens":95}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		if u := readUsage(in); min(u.prompt, u.completion, u.reasoning, u.cached) < -1 {
			t.Fatalf("%q: %+v", in, u)
		}
	})
}
