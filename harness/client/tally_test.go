package client

import (
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
)

// TestServers reads what real servers sent, cut down to a few events.
func TestServers(t *testing.T) {
	for file, want := range map[string]struct {
		events, input, output, cached int
		text                          string
	}{
		"dynamo.chat.sse":        {3, 14, 8, 0, "ident Znot"},
		"dynamo.completions.sse": {2, 5, 8, 0, " feValue"},
		"vllm.chat.sse":          {2, 14, 8, 0, " hearty Everyday"},
		"vllm.completions.sse":   {3, 5, 8, 0, " Tart Ry)&&"}, // text in the chunk that finishes
		"llamacpp.chat.sse":      {2, 12, 2, 9, "one two"},
	} {
		t.Run(file, func(t *testing.T) {
			body, err := os.ReadFile("testdata/" + file)
			require.NoError(t, err)
			req := hello()
			req.KeepReply = true
			rec, reply := ask(t, Config{URL: serve(t, sse(string(body)))}, req)
			require.Equal(t, record.OK, rec.Outcome, rec.Error)
			require.Zero(t, rec.Defects)
			require.Equal(t, want.events, rec.Events)
			require.Equal(t, []int{want.input, want.output, want.cached}, []int{rec.Input, rec.Output, rec.Cached})
			require.True(t, rec.HasCached)
			require.Equal(t, want.text, reply.Text)
		})
	}
}

func TestTokensWithoutUsage(t *testing.T) {
	rec, reply := ask(t, Config{URL: serve(t, sse(think, think, one, finish, done))}, hello())
	require.Equal(t, []int{3, 1, 2, 3}, []int{rec.Input, rec.Output, rec.Reasoning, rec.OSL()})
	require.Equal(t, record.Tokenizer, rec.InputSource)
	require.Equal(t, record.Chunks, rec.OutputSource)
	require.False(t, rec.HasCached)
	require.Empty(t, reply.Text, "not asked for")

	zero := `data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":0}}` + "\n\n"
	rec, _ = ask(t, Config{URL: serve(t, sse(one, two, finish, zero))}, hello())
	require.Equal(t, []int{5, 2}, []int{rec.Input, rec.Output}, "a usage that counts nothing is no count")
	require.Equal(t, record.Chunks, rec.OutputSource)
}

func TestUsageCountsReasoningApart(t *testing.T) {
	last := `data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":30,"completion_tokens_details":{"reasoning_tokens":20}}}` + "\n\n"
	rec, reply := ask(t, Config{URL: serve(t, sse(usage1, think, one, finish, last))}, hello())
	require.Equal(t, []int{1, 10, 20, 30}, []int{rec.Input, rec.Output, rec.Reasoning, rec.OSL()}, "the last usage counts")
	require.Equal(t, 10, reply.Output)
}

func TestWorkersThatAnswered(t *testing.T) {
	told := `data: {"choices":[],"nvext":{"worker_id":{"prefill_worker_id":7,"decode_worker_id":9}}}` + "\n\n"
	other := `data: {"choices":[],"nvext":{"timing":{}}}` + "\n\n"
	rec, _ := ask(t, Config{URL: serve(t, sse(told, one, other, finish))}, hello())
	require.Equal(t, []uint64{7, 9}, []uint64{rec.Prefill, rec.Decode})
}

func TestToolTextIsOutput(t *testing.T) {
	tool := `data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":""}}]}}]}` + "\n\n"
	rec, _ := ask(t, Config{URL: serve(t, sse(think, tool, finish))}, hello())
	require.Equal(t, record.OK, rec.Outcome, rec.Error)
	require.Equal(t, rec.SecondToken, rec.FirstOutput)
}

func TestStampsOfAStream(t *testing.T) {
	const ms = 1_000_000
	for name, tc := range map[string]struct {
		in   []string // an event each
		at   []int64
		read []int
		want record.Record
	}{
		"text": {
			[]string{one, two, two, two, usage1}, []int64{100, 120, 150, 190, 195}, []int{1, 2, 3, 4, 5},
			record.Record{Events: 4, FirstToken: 100, SecondToken: 120, FirstOutput: 100, Last: 190, Gaps: record.Gaps{Raw: []int64{20, 30, 40}}},
		},
		"reasoning": {
			[]string{think, think, one, two}, []int64{100, 120, 150, 190}, []int{1, 2, 3, 4},
			record.Record{Events: 4, FirstToken: 100, SecondToken: 120, FirstOutput: 150, Last: 190, Gaps: record.Gaps{Raw: []int64{20, 30, 40}}},
		},
		"all at once": {
			[]string{one, two, two}, []int64{100, 100, 100}, []int{1, 1, 1},
			record.Record{Events: 3, FirstToken: 100, SecondToken: 100, FirstOutput: 100, Last: 100, Coalesced: 2, FirstShared: true, Gaps: record.Gaps{Raw: []int64{0, 0}}},
		},
		"later ones at once": {
			[]string{role, one, two, two, finish}, []int64{100, 100, 120, 120, 120}, []int{1, 1, 2, 2, 2},
			record.Record{Events: 3, FirstToken: 100, SecondToken: 120, FirstOutput: 100, Last: 120, Coalesced: 1, Gaps: record.Gaps{Raw: []int64{20, 0}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var rec record.Record
			var tl tally
			tl.reset(&rec, false, &Config{RawGaps: true})
			for i, in := range tc.in {
				tl.event(event{data: []byte(split(in)[0].Data)}, arrival{at: tc.at[i] * ms, read: tc.read[i], kernel: true})
			}
			want := tc.want
			for _, p := range []*int64{&want.FirstToken, &want.SecondToken, &want.FirstOutput, &want.Last} {
				*p *= ms
			}
			gaps := record.Gaps{}
			for _, g := range want.Gaps.Raw {
				gaps.Add(g * ms)
				gaps.Raw = append(gaps.Raw, g*ms)
			}
			want.Gaps = gaps
			require.Equal(t, want, rec)
		})
	}
}

// TestTwelveModes is one run of twelve in one slot, good and bad in turn.
func TestTwelveModes(t *testing.T) {
	four := one + two + two + two
	modes := []struct {
		answer         http.HandlerFunc
		strict, aiperf record.Outcome
	}{
		{sse(one, finish, done), record.OK, record.OK},
		{sse(one, finish, done), record.OK, record.OK},
		{status(500, "text/plain", "x"), record.HTTPError, record.HTTPError},
		{sse(four, inBand), record.StreamError, record.OK},
		{sse("event: error\n\n"), record.StreamError, record.StreamError},
		{sse(four), record.Truncated, record.OK},
		{reset(one), record.Truncated, record.Truncated},
		{sse(), record.Truncated, record.Empty},
		{sse(one, finish, done), record.OK, record.OK},
		{sse(usage1, done), record.Empty, record.Empty},
		{sse(one, "data: {\"choices\n\n", finish, done), record.OK, record.OK},
		{sse(one, finish, done), record.OK, record.OK},
	}
	for _, aiperf := range []bool{false, true} {
		turn := 0
		url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			turn++
			modes[turn-1].answer(w, r)
		}))
		s := slot(t, newClient(t, Config{URL: url, AIPerfCounting: aiperf}))
		var ok, failed, defects int
		for i, m := range modes {
			want := m.strict
			if aiperf {
				want = m.aiperf
			}
			rec := record.Record{ID: uint64(i)}
			s.Do(t.Context(), hello(), nil, &rec)
			require.Equal(t, want.String(), rec.Outcome.String(), "answer %d, aiperf %v: %v", i, aiperf, rec.Error)
			if rec.OK() {
				ok++
			} else if rec.Outcome.Failed() {
				failed++
			}
			defects += rec.Defects
		}
		want := []int{5, 7, 1, 12}
		if aiperf {
			want = []int{7, 5, 1, 12}
		}
		require.Equal(t, want, []int{ok, failed, defects, turn}, "ok, failed, defects, asked")
	}
}

func TestAIPerfReadsOnPastAnError(t *testing.T) {
	rec, _ := ask(t, Config{URL: serve(t, sse(one, inBand, two)), AIPerfCounting: true}, hello())
	require.Equal(t, record.OK, rec.Outcome, rec.Error)
	require.Equal(t, 2, rec.Events)
	rec, _ = ask(t, Config{URL: serve(t, sse(inBand, done)), AIPerfCounting: true}, hello())
	require.Equal(t, record.Empty, rec.Outcome, rec.Error)
}
