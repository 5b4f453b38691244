package trace

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/workload"
)

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "own.jsonl")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// all are the requests of a source to its end.
func all(t *testing.T, w workload.Workload, s workload.Scope) []*workload.Request {
	t.Helper()
	src, err := w.Open(t.Context(), s)
	require.NoError(t, err)
	var reqs []*workload.Request
	for {
		session, err := src.Next(t.Context())
		if err == io.EOF {
			return reqs
		}
		require.NoError(t, err)
		req, _, err := session.Next(nil)
		require.NoError(t, err)
		reqs = append(reqs, req)
		_, _, err = session.Next(&workload.Reply{})
		require.ErrorIs(t, err, io.EOF)
	}
}

const three = `{"text":"one two three","output_length":7,"type":"single_turn","role":"user"}

{"texts":["a","b"],"extra":{"temperature":0.5},"output_length":null}
{"text":"last"}`

func TestSingleTurnAsksTheFileInItsOrderOnce(t *testing.T) {
	w, err := Read(write(t, three))
	require.NoError(t, err)
	w.OSL = 9
	reqs := all(t, w, workload.Scope{})
	require.Equal(t, []*workload.Request{
		{Messages: []workload.Message{{Role: "user", Content: "one two three"}}, InputTokens: 3, MaxTokens: 7},
		{Messages: []workload.Message{{Role: "user", Content: "a\nb"}}, InputTokens: 3, MaxTokens: 9, Extra: map[string]any{"temperature": 0.5}},
		{Messages: []workload.Message{{Role: "user", Content: "last"}}, InputTokens: 1, MaxTokens: 9},
	}, reqs)
	require.Equal(t, reqs, all(t, w, workload.Scope{Level: "c2", Repeat: 1}), "each level starts at the first line")
	require.Equal(t, []*workload.Request{reqs[1]}, all(t, w, workload.Scope{Shard: 1, Shards: 2}))
}

func TestSingleTurnCompletions(t *testing.T) {
	w := SingleTurn{Path: write(t, three), Completions: true}
	require.NoError(t, w.Validate())
	r := all(t, w, workload.Scope{})[0]
	require.Empty(t, r.Messages)
	require.Equal(t, "one two three", r.Prompt)
}

func TestSingleTurnTellsFilesApartByTheirContent(t *testing.T) {
	a, b, c := SingleTurn{Path: write(t, three)}, SingleTurn{Path: write(t, three)}, SingleTurn{Path: write(t, three+"\n\n")}
	require.Equal(t, a.String(), b.String())
	require.NotEqual(t, a.String(), c.String())
	n, sum, err := a.Prompts()
	require.NoError(t, err)
	require.Equal(t, 3, n)
	require.Len(t, sum, 64)
	require.Equal(t, "single_turn(none)", SingleTurn{Path: "/no/none"}.String())
}

func TestReadHoldsTheFile(t *testing.T) {
	path := write(t, three)
	w, err := Read(path)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path))
	require.NoError(t, w.Validate())
	require.Len(t, all(t, w, workload.Scope{}), 3)
	_, err = Read(path)
	require.ErrorIs(t, err, os.ErrNotExist)
	w.OSL = -1
	_, err = w.Open(context.Background(), workload.Scope{})
	require.ErrorContains(t, err, "OSL -1")
}

func TestParseNamesTheLinesThatAreWrong(t *testing.T) {
	for line, want := range map[string]string{
		`{"text":1}`:                       "text: want a string",
		`{"texts":"x"}`:                    "texts: want a list of strings",
		`{"text":"x","texts":["y"]}`:       "exclude each other",
		`{"text":""}`:                      "no text",
		`{}`:                               "no text",
		`null`:                             "want a JSON object",
		`[1]`:                              "want a JSON object",
		`{"text":"x"`:                      "want a JSON object",
		`{"text":"x","output_length":0}`:   "output_length 0",
		`{"text":"x","output_length":1.5}`: "want a number of tokens",
		`{"text":"x","extra":[1]}`:         "extra: want an object",
		`{"text":"x","role":"system"}`:     `role "system": want user`,
		`{"text":"x","type":"multi_turn"}`: "want single_turn",
		`{"text":"x","timestamp":5}`:       `key "timestamp" is not supported`,
		`{"text":"x","delay":5}`:           `key "delay" is not supported`,
		`{"text":"x","session_id":"s"}`:    `key "session_id" is not supported`,
		`{"text":"x","images":["i.png"]}`:  `key "images" is not supported`,
		`{"text":"x","temperature":0.5}`:   `key "temperature" is not known`,
	} {
		_, err := Parse([]byte("{\"text\":\"good\"}\n\n" + line + "\n"))
		require.ErrorContains(t, err, want, line)
		require.ErrorContains(t, err, "line 3: ", line)
	}
	_, err := Parse([]byte(strings.Repeat("x\n", 20)))
	require.ErrorContains(t, err, "line 5: ")
	require.NotContains(t, err.Error(), "line 6: ")
	_, err = Parse([]byte("\n \n"))
	require.ErrorContains(t, err, "no prompt")
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(three))
	for _, s := range []string{"", "{}", `{"text":"x"}` + "\r\n", `{"texts":["a",null]}`, "{\"text\":\"\\ud800\"}", `{"text":"a","text":"b"}`, `{"texts":[],"text":"x"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		lines, err := Parse(raw)
		if err != nil {
			return
		}
		require.NotEmpty(t, lines)
		for _, l := range lines {
			require.NotEmpty(t, l.Text)
			require.GreaterOrEqual(t, l.OutputLength, 0)
		}
	})
}
