package harness_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/target"
	"github.com/dynbench/dynbench/harness/tokens"
	"github.com/dynbench/dynbench/harness/workload"
)

// talker answers every request with the same words, two to an event, and counts
// with a tokenizer of its own: the prompt within a chat template of template tokens.
type talker struct {
	tok    tokens.Tokenizer
	counts func(request int) bool // tells usage with the answer
	asked  atomic.Int64
}

const (
	words    = `The quick brown fox "jumps" over the lazy dog, 12 times.`
	template = 9
)

func (s *talker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		return
	}
	raw, _ := io.ReadAll(r.Body)
	var body struct {
		Messages []workload.Message `json:"messages"`
	}
	if json.Unmarshal(raw, &body) != nil || len(body.Messages) == 0 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	n := int(s.asked.Add(1)) - 1
	w.Header().Set("Content-Type", "text/event-stream")
	event := func(text string) {
		content, _ := json.Marshal(text)
		fmt.Fprintf(w, "data: {\"choices\":[{\"delta\":{\"content\":%s}}]}\n\n", content)
		w.(http.Flusher).Flush()
	}
	parts := strings.SplitAfter(words, " ")
	for i := 0; i < len(parts); i += 2 {
		event(strings.Join(parts[i:min(i+2, len(parts))], ""))
	}
	fmt.Fprint(w, `data: {"choices":[{"delta":{},"finish_reason":"stop"}]}`+"\n\n")
	if s.counts(n) {
		fmt.Fprintf(w, "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":%d,\"completion_tokens\":%d}}\n\n",
			s.tok.Count(body.Messages[0].Content)+template, s.tok.Count(words))
	}
	fmt.Fprint(w, "data: [DONE]\n\n")
}

// talk measures a talker under a tokenizer.
func talk(t *testing.T, tok tokens.Tokenizer, counts func(int) bool) (*result.Run, []record.Record) {
	t.Helper()
	own, err := tokens.Open("tokens/testdata/qwen3.tokenizer.json")
	require.NoError(t, err)
	web := httptest.NewServer(&talker{tok: own, counts: counts})
	t.Cleanup(func() { web.CloseClientConnections(); web.Close() })
	s := small(2)
	s.Workload = workload.Synthetic{ISL: 300, ISLStd: 20, OSL: workload.NoOSL}
	s.Tokenizer = tok
	run, err := s.Run(t.Context(), target.Target{URL: web.URL, Model: "m"}, t.TempDir())
	require.NoError(t, err)
	require.Equal(t, result.Complete, run.State, run.Reason)
	problems, err := result.Validate(run.Dir)
	require.NoError(t, err)
	require.Empty(t, problems)
	var records []record.Record
	for r, err := range record.ReadFile(filepath.Join(run.Dir, "c2", result.RecordsFile)) {
		require.NoError(t, err)
		records = append(records, r)
	}
	return run, records
}

func always(int) bool { return true }
func never(int) bool  { return false }

func summary(t *testing.T, run *result.Run) string {
	t.Helper()
	_, err := harness.Report(run, false)
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(filepath.Dir(run.Dir), "plots", "SUMMARY.txt"))
	require.NoError(t, err)
	return string(text)
}

func TestWhoCountsOutputTokens(t *testing.T) {
	qwen, err := tokens.Open("tokens/testdata/qwen3.tokenizer.json")
	require.NoError(t, err)
	exact, events := qwen.Count(words), (len(strings.Fields(words))+1)/2
	require.NotEqual(t, exact, events)
	for name, tc := range map[string]struct {
		tok    tokens.Tokenizer
		counts func(int) bool
		source string
		osl    []int // of the first and the last request
		says   string
	}{
		"usage":                  {qwen, always, "usage", []int{exact, exact}, "counted by the server's usage"},
		"tokenizer":              {qwen, never, "tokenizer", []int{exact, exact}, "counted by the tokenizer, from the text"},
		"approx":                 {tokens.Approx{}, never, "chunks", []int{events, events}, "counted by content events"},
		"usage that stops":       {qwen, func(n int) bool { return n < 8 }, "mixed", []int{exact, events}, "output tokens counted in different ways (usage 5, chunks 5)"},
		"usage that comes later": {qwen, func(n int) bool { return n >= 8 }, "mixed", []int{exact, exact}, "output tokens counted in different ways (usage 5, tokenizer 5)"},
	} {
		t.Run(name, func(t *testing.T) {
			run, records := talk(t, tc.tok, tc.counts)
			require.Equal(t, tc.source, run.TokenSource)
			require.Equal(t, tc.source, run.Levels[0].Stats[metric.OSL.Def().Key].TokenSource)
			require.Equal(t, tc.source, run.Levels[0].Stats[metric.OutputTokenThroughput.Def().Key].TokenSource)
			require.Equal(t, tc.osl, []int{records[0].Output, records[len(records)-1].Output})
			require.Contains(t, summary(t, run), tc.says)
			raw, err := os.ReadFile(filepath.Join(run.Dir, result.RunFile))
			require.NoError(t, err)
			require.Contains(t, string(raw), fmt.Sprintf(`"token_source": %q`, tc.source))
		})
	}
}

// TestPromptsHitTheirLength goes by the server's count, which has the chat template
// in it and nothing else that was not asked for.
func TestPromptsHitTheirLength(t *testing.T) {
	qwen, err := tokens.Open("tokens/testdata/qwen3.tokenizer.json")
	require.NoError(t, err)
	run, records := talk(t, qwen, always)
	asked, measured := 0, 0
	for _, r := range records {
		require.Equal(t, template, r.Input-r.Generated)
		require.Equal(t, record.Usage, r.InputSource)
		if r.Phase == record.Measured {
			asked += r.Generated
			measured++
		}
	}
	drift, ok := run.Levels[0].Value(metric.ISLDrift.Def().Key)
	require.True(t, ok)
	require.InDelta(t, float64(template*measured)/float64(asked), drift, 1e-12)

	run, _ = talk(t, qwen, never)
	_, ok = run.Levels[0].Value(metric.ISLDrift.Def().Key)
	require.False(t, ok, "nobody to hold the prompts against")
	run, _ = talk(t, tokens.Approx{}, always)
	drift, ok = run.Levels[0].Value(metric.ISLDrift.Def().Key)
	require.True(t, ok)
	require.Greater(t, drift, 0.1, "the small vocabulary of the server needs more tokens than approx guesses")
}
