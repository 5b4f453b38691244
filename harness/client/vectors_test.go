package client

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
)

func TestSplitVectors(t *testing.T) {
	require.Empty(t, cmp.Diff([]got{{Data: `{"a":1}`}, {Data: "x"}}, split("data: {\"a\"", ":1}\n", "\ndata: x")))
	require.Empty(t, cmp.Diff([]got{{Data: "你好"}}, split("data: \xe4\xbd\xa0", "\xe5\xa5\xbd\n\n")))
	require.Empty(t, cmp.Diff([]got{{Data: "你"}}, split("data: \xe4", "\xbd", "\xa0\n", "\n")))
}

// TestReaderVectors are streams that readers differ on, from the wire to the
// record.
func TestReaderVectors(t *testing.T) {
	line := func(s string) string { return strings.TrimSpace(s) }
	for name, tc := range map[string]struct {
		in      []string
		outcome record.Outcome
		events  int
		defects int
		message string
	}{
		"LF and CRLF in one read":       {in: []string{line(one) + "\r\n\r\n" + two + finish}, events: 2},
		"CRLF alone":                    {in: []string{strings.ReplaceAll(one+two+finish, "\n", "\r\n")}, events: 2},
		"CR alone":                      {in: []string{strings.ReplaceAll(one+two+finish, "\n", "\r")}, events: 2},
		"comments between":              {in: []string{": ping\n\n", one, ": ping\n\n", finish}, events: 1},
		"several data lines":            {in: []string{`data: {"choices":[{"delta":` + "\n" + `data: {"content":"x"},"finish_reason":"stop"}]}` + "\n\n"}, events: 1},
		"a line without a field":        {in: []string{`data: {"choices":[{"delta":` + "\n" + `{"content":"x"}}]}` + "\n\n", one, finish}, events: 1, defects: 1},
		"error event with a comment":    {in: []string{one, "event: error\n: gone\ndata: \n\n"}, outcome: record.StreamError, events: 1, message: "gone"},
		"error event with data":         {in: []string{one, "event: error\ndata: {\"message\":\"no room\"}\n\n"}, outcome: record.StreamError, events: 1, message: "no room"},
		"nothing counts after [DONE]":   {in: []string{one, done, two}, events: 1},
		"broken JSON":                   {in: []string{one, "data: {\"choices\":[\n\n", "data: nonsense\n\n", finish}, events: 1, defects: 2},
		"no final blank line":           {in: []string{one, line(finish)}, events: 1},
		"no final blank line, no JSON":  {in: []string{one, finish, "data: {\"cho"}, events: 1, defects: 1},
		"character over several writes": {in: []string{one[:len(one)-60] + "\xe4", "\xbd", "\xa0" + one[len(one)-60:], finish}, events: 1},
		"empty event":                   {in: []string{"data:\n\n", one, "data: \n\n", finish}, events: 1},
	} {
		t.Run(name, func(t *testing.T) {
			rec, _ := ask(t, Config{URL: serve(t, sse(tc.in...))}, hello())
			require.Equal(t, tc.outcome.String(), rec.Outcome.String(), rec.Error)
			require.Equal(t, []int{tc.events, tc.defects}, []int{rec.Events, rec.Defects})
			if rec.Error != nil {
				require.Equal(t, tc.message, rec.Error.Message)
			}
		})
	}
}

func TestEventsOfAnAnswerWithoutAType(t *testing.T) {
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header()["Content-Type"] = nil
		for _, p := range []string{one, two, finish, done} {
			_, _ = io.WriteString(w, p)
			w.(http.Flusher).Flush()
		}
	}))
	rec, _ := ask(t, Config{URL: url}, hello())
	require.Equal(t, record.OK, rec.Outcome, rec.Error)
	require.Equal(t, 2, rec.Events)
}
