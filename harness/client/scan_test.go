package client

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

// chunks are events with what they hold; odd ones are left to decode.
var chunks = map[string]struct {
	in   string
	want chunk
	odd  bool
}{
	"role":                {in: `{"choices":[{"delta":{"role":"assistant","content":""}}]}`},
	"empty delta":         {in: `{"choices":[{"delta":{}}]}`},
	"null content":        {in: `{"choices":[{"delta":{"content":null}}]}`},
	"refusal":             {in: `{"choices":[{"delta":{"refusal":"x"}}]}`},
	"text":                {in: `{"choices":[{"delta":{"content":"a"}}],"object":"chat.completion.chunk"}`, want: chunk{text: true, said: []byte(`"a"`)}},
	"one space":           {in: `{"choices":[{"delta":{"content":" "}}]}`, want: chunk{text: true, said: []byte(`" "`)}},
	"quotes in text":      {in: `{"choices":[{"delta":{"content":"\"content\":\"\\"}}]}`, want: chunk{text: true, said: []byte(`"\"content\":\"\\"`)}},
	"reasoning_content":   {in: `{"choices":[{"delta":{"content":null,"reasoning_content":"a"}}]}`, want: chunk{reasoning: true, thought: []byte(`"a"`)}},
	"reasoning":           {in: `{"choices":[{"delta":{"reasoning":"a"}}]}`, want: chunk{reasoning: true, thought: []byte(`"a"`)}},
	"reasoning twice":     {in: `{"choices":[{"delta":{"reasoning":"a","reasoning_content":"a"}}]}`, want: chunk{reasoning: true, thought: []byte(`"a"`)}},
	"reasoning of two":    {in: `{"choices":[{"delta":{"reasoning":"a","reasoning_content":"b"}}]}`, want: chunk{reasoning: true, thought: []byte(`"b"`)}, odd: true},
	"reasoning and text":  {in: `{"choices":[{"delta":{"reasoning":"a","content":"b"}}]}`, want: chunk{reasoning: true, text: true, said: []byte(`"b"`), thought: []byte(`"a"`)}},
	"tool name":           {in: `{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"1","function":{"name":"f","arguments":""}}]}}]}`, want: chunk{tool: true, called: []byte(`"f"`)}},
	"tool arguments":      {in: `{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]}}]}`, want: chunk{tool: true, called: []byte(`"{\"a\""`)}},
	"tool, all":           {in: `{"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}},{"function":{"name":"g"}}]}}]}`, want: chunk{tool: true, called: []byte(`"f{}g"`)}, odd: true},
	"thinking parts":      {in: `{"choices":[{"delta":{"content":[{"type":"thinking","thinking":"a"},{"text":"b"}]}}]}`, want: chunk{reasoning: true, text: true, said: []byte(`"b"`), thought: []byte(`"a"`)}, odd: true},
	"tool id":             {in: `{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"1","function":{"arguments":""}}]}}]}`},
	"old function call":   {in: `{"choices":[{"delta":{"function_call":{"name":"f"}}}]}`, want: chunk{tool: true, called: []byte(`"f"`)}},
	"second choice":       {in: `{"choices":[{"delta":{}},{"index":1,"delta":{"content":"b"}}]}`, want: chunk{text: true}},
	"finish":              {in: `{"choices":[{"delta":{},"finish_reason":"stop"}]}`, want: chunk{finish: true}},
	"finish null":         {in: `{"choices":[{"delta":{"content":"a"},"finish_reason":null}]}`, want: chunk{text: true, said: []byte(`"a"`)}},
	"finish and text":     {in: `{"choices":[{"finish_reason":"length","delta":{"content":"a"}}]}`, want: chunk{text: true, finish: true, said: []byte(`"a"`)}},
	"usage":               {in: `{"choices":[],"usage":{"prompt_tokens":1}}`, want: chunk{usage: []byte(`{"prompt_tokens":1}`)}},
	"usage null":          {in: `{"choices":[{"text":"a"}],"usage":null}`, want: chunk{text: true, said: []byte(`"a"`)}},
	"usage, timings, all": {in: `{"choices":[{"finish_reason":"stop","index":0,"delta":{"content":"z"}}],"usage":{"completion_tokens":2},"timings":{"cache_n":3}}`, want: chunk{text: true, finish: true, said: []byte(`"z"`), usage: []byte(`{"completion_tokens":2}`), timings: []byte(`{"cache_n":3}`)}},
	"completion":          {in: `{"choices":[{"text":"a","index":0,"logprobs":null}]}`, want: chunk{text: true, said: []byte(`"a"`)}},
	"completion, empty":   {in: `{"choices":[{"text":"","finish_reason":"length"}]}`, want: chunk{finish: true}},
	"logprobs":            {in: `{"choices":[{"delta":{},"logprobs":{"content":[{"token":"a","text":"b"}]}}]}`},
	"error":               {in: `{"error":{"message":"m"}}`, want: chunk{fault: []byte(`{"message":"m"}`)}},
	"error null":          {in: `{"error":null,"choices":[]}`},
	"error object":        {in: `{"object":"error","message":"m"}`, want: chunk{fault: []byte(`{"object":"error","message":"m"}`)}},
	"workers":             {in: `{"choices":[],"nvext":{"worker_id":{"decode_worker_id":5}}}`, want: chunk{nvext: []byte(`{"worker_id":{"decode_worker_id":5}}`)}},
	"blanks":              {in: " { \"choices\" : [ { \"delta\" : { \"content\" : \"a\" } } ] } ", want: chunk{text: true, said: []byte(`"a"`)}},
	"escaped key":         {in: `{"choices":[{"delta":{"cont\u0065nt":"a"}}]}`, want: chunk{text: true, said: []byte(`"a"`)}, odd: true},
	"content parts":       {in: `{"choices":[{"delta":{"content":[{"type":"text","text":"a"},{"text":"b"}]}}]}`, want: chunk{text: true, said: []byte(`"ab"`)}, odd: true},
	"number for choices":  {in: `{"choices":3}`, odd: true},
	"a list":              {in: `[1]`, odd: true},
	"null choices":        {in: `{"choices":null,"usage":{}}`},
}

func TestScanAndDecodeAgree(t *testing.T) {
	for name, tc := range chunks {
		t.Run(name, func(t *testing.T) {
			want, err := decode([]byte(tc.in))
			require.NoError(t, err)
			require.Empty(t, cmp.Diff(tc.want, want, cmp.AllowUnexported(chunk{})))
			var have chunk
			require.Equal(t, !tc.odd, scan([]byte(tc.in), &have))
			if !tc.odd {
				require.Empty(t, cmp.Diff(tc.want, have, cmp.AllowUnexported(chunk{})))
			}
		})
	}
}

func TestBrokenEventsAreNotAccepted(t *testing.T) {
	whole := `{"choices":[{"index":0,"delta":{"content":"a\"b"},"finish_reason":null}],"usage":{"n":1.5e3,"b":true}}`
	for i := range whole {
		require.False(t, scan([]byte(whole[:i]), &chunk{}), "cut at %d", i)
	}
	for _, broken := range []string{`{"a":tru}`, `{"a" 1}`, `{"a":1}}`, `{"a":1} x`, `{"a":1,}`, `{a:1}`, `{"choices":[}`, `{"choices":[{"delta":{"content":x}}]}`} {
		require.False(t, scan([]byte(broken), &chunk{}), broken)
		_, err := decode([]byte(broken))
		require.Error(t, err, broken)
	}
}

// FuzzScan holds scan to decode, which goes by encoding/json: what scan accepts
// of valid JSON it classifies alike. A key twice in one object is left out: the
// last one wins there.
func FuzzScan(f *testing.F) {
	for _, tc := range chunks {
		f.Add([]byte(tc.in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var have chunk
		if !scan(in, &have) || !json.Valid(in) || doubled(in) {
			return
		}
		want, err := decode(in)
		if err != nil {
			t.Fatalf("decode %q: %v", in, err)
		}
		for _, p := range [][2]*[]byte{{&have.said, &want.said}, {&have.thought, &want.thought}, {&have.called, &want.called}} {
			if textOf(*p[0]) != textOf(*p[1]) {
				t.Fatalf("%q: kept %q, want %q", in, *p[0], *p[1])
			}
			*p[0], *p[1] = nil, nil
		}
		for _, p := range []*[]byte{&have.fault, &want.fault} {
			*p = bytes.TrimSpace(*p)
		}
		if d := cmp.Diff(want, have, cmp.AllowUnexported(chunk{})); d != "" {
			t.Fatalf("%q: %s", in, d)
		}
	})
}

// doubled tells whether an object anywhere in valid JSON has a key twice.
func doubled(in []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(in))
	var walk func() bool
	walk = func() bool {
		tok, _ := dec.Token()
		d, ok := tok.(json.Delim)
		if !ok {
			return false
		}
		seen := map[string]bool{}
		for dec.More() {
			if d == '{' {
				key, _ := dec.Token()
				if name, _ := key.(string); seen[name] {
					return true
				} else {
					seen[name] = true
				}
			}
			if walk() {
				return true
			}
		}
		_, _ = dec.Token()
		return false
	}
	return walk()
}

// FuzzForm: an event that is classified by its likeness to the one before is
// classified as if it had come alone.
func FuzzForm(f *testing.F) {
	for _, a := range chunks {
		f.Add([]byte(a.in), []byte(chunks["text"].in))
		f.Add([]byte(chunks["text"].in), []byte(a.in))
	}
	f.Add([]byte(`{"choices":[{"text":"a"}]}`), []byte(`{"choices":[{"text":"b\""}]}`))
	f.Add([]byte(`{"choices":[{"text":"a"}]}`), []byte(`{"choices":[{"text":"","text":"b"}]}`))
	f.Add([]byte(chunks["reasoning"].in), []byte(`{"choices":[{"delta":{"reasoning":"bc"}}]}`))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var fm form
		_, _ = fm.scan(first)
		have, ok := fm.scan(second)
		var want chunk
		if ok != scan(second, &want) {
			t.Fatalf("%q after %q: accepted %t", second, first, ok)
		}
		if d := cmp.Diff(want, *have, cmp.AllowUnexported(chunk{})); ok && d != "" {
			t.Fatalf("%q after %q: %s", second, first, d)
		}
	})
}
