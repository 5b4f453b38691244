package client

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/tokens"
	"github.com/dynbench/dynbench/harness/workload"
)

const vectors = "../tokens/testdata/"

func family(t testing.TB, name string) tokens.Tokenizer {
	tok, err := tokens.Open(vectors + name + ".tokenizer.json")
	require.NoError(t, err)
	return tok
}

// vector is a text with its tokens as the reference library has them.
type vector struct {
	Text string  `json:"text"`
	IDs  []int32 `json:"ids"`
}

func readVectors(t *testing.T, name string) []vector {
	f, err := os.Open(vectors + name + ".jsonl")
	require.NoError(t, err)
	defer f.Close()
	var all []vector
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v vector
		require.NoError(t, json.Unmarshal(lines.Bytes(), &v))
		if v.Text != "" { // which would be an answer without content
			all = append(all, v)
		}
	}
	require.NoError(t, lines.Err())
	require.Greater(t, len(all), 50)
	return all
}

// pieces cuts text at random, between the halves of surrogates too, into JSON
// strings without their quotes.
func pieces(rng *rand.Rand, text string) []string {
	var all []string
	var b strings.Builder
	for _, r := range text {
		units := []string{string(r)}
		switch hi, lo := utf16.EncodeRune(r); {
		case r == '"' || r == '\\':
			units[0] = `\` + string(r)
		case r < ' ' || rng.IntN(10) == 0 && r <= 0xffff:
			units[0] = fmt.Sprintf(`\u%04x`, r)
		case r > 0xffff && rng.IntN(2) == 0:
			units = []string{fmt.Sprintf(`\u%04x`, hi), fmt.Sprintf(`\u%04X`, lo)}
		}
		for _, u := range units {
			b.WriteString(u)
			if rng.IntN(4) == 0 {
				all = append(all, b.String())
				b.Reset()
			}
		}
	}
	return append(all, b.String())
}

// TestCountsAreTheReferenceLibrarys streams the texts that the reference library
// encoded, in pieces and without usage.
func TestCountsAreTheReferenceLibrarys(t *testing.T) {
	files, err := filepath.Glob(vectors + "*.jsonl")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".jsonl")
		t.Run(name, func(t *testing.T) {
			all := readVectors(t, name)
			rng := rand.New(rand.NewPCG(1, 2))
			c := newClient(t, Config{Tokenizer: family(t, name), URL: serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				i, _ := strconv.Atoi(string(body))
				w.Header().Set("Content-Type", "text/event-stream")
				for _, p := range pieces(rng, all[i].Text) {
					fmt.Fprintf(w, "data: {\"choices\":[{\"delta\":{\"content\":\"%s\"}}]}\n\n", p)
				}
				_, _ = io.WriteString(w, finish+done)
			}))})
			s := slot(t, c)
			for i, v := range all {
				rec := record.Record{ID: uint64(i)}
				s.Do(t.Context(), &workload.Request{Body: []byte(strconv.Itoa(i))}, nil, &rec)
				require.Equal(t, record.OK, rec.Outcome, rec.Error)
				require.Equal(t, record.Chunks, rec.OutputSource, "until it is counted")
				c.Count(&rec)
				require.Equal(t, len(v.IDs), rec.Output, "%.200q", v.Text)
				require.Zero(t, rec.Reasoning)
				require.Equal(t, record.Tokenizer, rec.OutputSource)
				require.Nil(t, rec.Said)
			}
		})
	}
}

// counts asks one request of a server that sends parts, and counts.
func counts(t *testing.T, tok tokens.Tokenizer, keep bool, parts ...string) (record.Record, workload.Reply) {
	c := newClient(t, Config{URL: serve(t, sse(parts...)), Tokenizer: tok})
	req, rec := hello(), record.Record{ID: 1}
	req.KeepReply = keep
	reply := slot(t, c).Do(t.Context(), req, nil, &rec)
	c.Count(&rec)
	require.Nil(t, rec.Said)
	return rec, reply
}

func TestWhatIsCounted(t *testing.T) {
	tok := family(t, "qwen3")
	said := func(delta string) string { return `data: {"choices":[{"delta":` + delta + `}]}` + "\n\n" }
	think := said(`{"reasoning_content":"Let me see,","reasoning":"Let me see,"}`) + said(`{"reasoning":" said the fox."}`)
	text := said(`{"content":"The quick"}`) + said(`{"content":" brown\u0020fox"}`)
	tool := said(`{"tool_calls":[{"function":{"name":"jump","arguments":"{\"over\":"}}]}`) + said(`{"tool_calls":[{"function":{"arguments":"\"dog\"}"}}]}`)
	broken := `data: {"choices":[{"delta":{"content":"\x"}}]}` + "\n\n" // which only a decode would notice

	thought, words, call := tok.Count("Let me see, said the fox."), tok.Count("The quick brown fox"), tok.Count(`The quick brown foxjump{"over":"dog"}`)
	for name, tc := range map[string]struct {
		tok               tokens.Tokenizer
		parts             []string
		output, reasoning int
		by                record.TokenSource
	}{
		"text":               {tok, []string{text, finish}, words, 0, record.Tokenizer},
		"reasoning and text": {tok, []string{think, text, finish}, words, thought, record.Tokenizer},
		"reasoning alone":    {tok, []string{think, finish}, 0, thought, record.Tokenizer},
		"tool call":          {tok, []string{text, tool, finish}, call, 0, record.Tokenizer},
		"usage":              {tok, []string{text, finish, usage1}, 8, 0, record.Usage},
		"usage that says 0":  {tok, []string{text, finish, `data: {"usage":{"completion_tokens":0}}` + "\n\n"}, words, 0, record.Tokenizer},
		"no tokenizer":       {nil, []string{think, text, finish}, 2, 2, record.Chunks},
		"broken":             {tok, []string{text, broken, finish}, 3, 0, record.Chunks},
		"cut":                {tok, []string{text}, words, 0, record.Tokenizer},
	} {
		t.Run(name, func(t *testing.T) {
			rec, reply := counts(t, tc.tok, false, tc.parts...)
			require.Equal(t, []int{tc.output, tc.reasoning}, []int{rec.Output, rec.Reasoning})
			require.Equal(t, tc.by, rec.OutputSource)
			require.Empty(t, reply.Text, "not asked for")
		})
	}
	rec, reply := counts(t, tok, true, think, text, finish)
	require.Equal(t, "The quick brown fox", reply.Text)
	require.Equal(t, words, rec.Output)
	rec, reply = counts(t, nil, true, think, text, finish)
	require.Equal(t, "The quick brown fox", reply.Text)
	require.Equal(t, record.Chunks, rec.OutputSource)
}

func TestWholeAnswersAreCounted(t *testing.T) {
	tok := family(t, "llama3")
	c := newClient(t, Config{Tokenizer: tok, URL: serve(t, status(200, "application/json",
		`{"choices":[{"message":{"content":"The quick brown fox"},"finish_reason":"stop"}]}`))})
	var rec record.Record
	slot(t, c).Do(t.Context(), hello(), nil, &rec)
	c.Count(&rec)
	require.Equal(t, tok.Count("The quick brown fox"), rec.Output)
}

func TestTooLongATextIsCountedByEvents(t *testing.T) {
	var rec record.Record
	var tl tally
	tl.reset(&rec, false, &Config{Tokenizer: tokens.Approx{}})
	long := []byte(`{"choices":[{"text":"` + strings.Repeat("x ", 1<<19) + `"}]}`)
	n := maxHeard>>20 + 1
	for range n {
		tl.event(event{data: long}, arrival{})
	}
	require.Zero(t, tl.heard.Size())
	tl.count(hello())
	require.Nil(t, rec.Said)
	require.Equal(t, n, rec.Output)
	require.Equal(t, record.Chunks, rec.OutputSource)
}

func TestProbeCounts(t *testing.T) {
	tok := family(t, "qwen3")
	url := serve(t, sse(one, two, finish, done))
	p, err := newClient(t, Config{URL: url, Dialect: FullDialect(), Tokenizer: tok}).Probe(t.Context(), hello())
	require.NoError(t, err)
	require.False(t, p.Usage)
	require.Contains(t, p.Notes[0], "reports no usage: output tokens are counted by the tokenizer")
	require.Contains(t, p.Notes[1], "counted by tokenizer")
}

// BenchmarkListen is an event whose text is kept.
func BenchmarkListen(b *testing.B) {
	var rec record.Record
	var t tally
	cfg := Config{Tokenizer: tokens.Approx{}}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%256 == 0 {
			rec = record.Record{Wanted: 256}
			t.reset(&rec, false, &cfg)
		}
		t.event(event{data: usualData}, arrival{at: int64(i) << 20, read: i, kernel: true})
	}
}
