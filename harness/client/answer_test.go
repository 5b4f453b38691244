package client

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/internal/framing"
)

const sseHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"

// chunked writes each part as a chunk of its own.
func chunked(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "%x\r\n%s\r\n", len(p), p)
	}
	return b.String() + "0\r\n\r\n"
}

// taken is what an answer was read as.
type taken struct {
	Events   int
	Whole    bool
	Surplus  bool
	Err      string
	Finished bool
	Text     string
	Status   int
}

// feed gives an answer the parts one by one, and then, if it is not whole, the end.
func feed(keepAlive bool, parts ...string) taken {
	var a answer
	var t tally
	rec := &record.Record{}
	t.reset(rec, false, &Config{})
	a.reset(&t)
	var whole bool
	var err error
	for i, p := range parts {
		lent := []byte(p)
		whole, err = a.feed(lent, arrival{at: int64(i + 1), read: i + 1})
		for i := range lent {
			lent[i] = '!' // whoever looks at it later sees this
		}
		if whole || err != nil {
			break
		}
	}
	if !whole && err == nil && !keepAlive {
		err = a.closed(arrival{})
	}
	out := taken{Events: rec.Events, Whole: whole, Surplus: a.surplus, Finished: t.finished || t.done, Text: string(a.text)}
	if err != nil {
		out.Err = err.Error()
	}
	if a.resp != nil {
		out.Status = a.resp.StatusCode
	}
	return out
}

func TestAnswers(t *testing.T) {
	stream := one + two + finish + done
	for name, c := range map[string]struct {
		in   string
		want taken
	}{
		"chunks":           {sseHead + "Transfer-Encoding: chunked\r\n\r\n" + chunked(one, two, finish+done), taken{Events: 2, Whole: true, Finished: true, Status: 200}},
		"extension":        {sseHead + "Transfer-Encoding: chunked\r\n\r\n" + fmt.Sprintf("%X;a=b\r\n%s\r\n0\r\nTrailer: x\r\n\r\n", len(stream), stream), taken{Events: 2, Whole: true, Finished: true, Status: 200}},
		"bare line feeds":  {strings.ReplaceAll(sseHead, "\r", "") + "Transfer-Encoding: chunked\n\n" + fmt.Sprintf("%x\n%s\n0\n\n", len(stream), stream), taken{Events: 2, Whole: true, Finished: true, Status: 200}},
		"length":           {sseHead + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(stream)) + stream, taken{Events: 2, Whole: true, Finished: true, Status: 200}},
		"to the end":       {sseHead + "\r\n" + stream, taken{Events: 2, Finished: true, Status: 200}},
		"no blank line":    {sseHead + "\r\n" + one + strings.TrimRight(two, "\n"), taken{Events: 2, Status: 200}},
		"interim":          {"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + sseHead + "Transfer-Encoding: chunked\r\n\r\n" + chunked(stream), taken{Events: 2, Whole: true, Finished: true, Status: 200}},
		"surplus":          {sseHead + "Transfer-Encoding: chunked\r\n\r\n" + chunked(stream) + "HTTP", taken{Events: 2, Whole: true, Surplus: true, Finished: true, Status: 200}},
		"cut chunk":        {sseHead + "Transfer-Encoding: chunked\r\n\r\n" + "5\r\ndat", taken{Err: "unexpected EOF", Status: 200}},
		"cut length":       {sseHead + "Content-Length: 9999\r\n\r\n" + one, taken{Events: 1, Err: "unexpected EOF", Status: 200}},
		"cut head":         {sseHead, taken{Err: "unexpected EOF"}},
		"nothing":          {"", taken{Err: "unexpected EOF"}},
		"no content":       {"HTTP/1.1 204 No Content\r\n\r\n", taken{Whole: true, Status: 204}},
		"refusal":          {"HTTP/1.1 429 Slow\r\nContent-Length: 4\r\n\r\nbusy", taken{Whole: true, Text: "busy", Status: 429}},
		"size is no digit": {sseHead + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", taken{Err: framing.ErrChunkSize.Error(), Status: 200}},
		"longer than size": {sseHead + "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", taken{Err: framing.ErrChunkEnd.Error(), Status: 200}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Empty(t, cmp.Diff(c.want, feed(false, c.in)), "in one read")
			for i := 1; i < len(c.in); i++ {
				got := feed(false, c.in[:i], c.in[i:])
				got.Surplus = c.want.Surplus // what comes after the answer may be a read of its own
				require.Empty(t, cmp.Diff(c.want, got), "cut at %d: %q", i, c.in[:i])
			}
			bytewise := feed(false, strings.Split(c.in, "")...)
			bytewise.Surplus = c.want.Surplus
			require.Empty(t, cmp.Diff(c.want, bytewise), "byte by byte")
		})
	}
}

func TestRefusalsAreBounded(t *testing.T) {
	got := feed(true, "HTTP/1.1 500 Oh\r\n\r\n", strings.Repeat("x", maxComplaint), "y")
	require.Equal(t, errComplaint.Error(), got.Err)
	got = feed(true, "HTTP/1.1 200 "+strings.Repeat("x", maxHead))
	require.Equal(t, errHeadSize.Error(), got.Err)
}

// FuzzAnswer gives the same bytes in one read and in pieces.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(sseHead+"Transfer-Encoding: chunked\r\n\r\n"+chunked(one, finish+done)), 7)
	f.Add([]byte(sseHead+"\r\n"+one+done), 3)
	f.Add([]byte("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 Bad\r\nContent-Length: 2\r\n\r\n{}"), 5)
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"), 9)
	f.Fuzz(func(t *testing.T, in []byte, n int) {
		whole := feed(false, string(in))
		var parts []string
		for b := in; len(b) > 0; {
			m := min(len(b), max(1, n&31))
			parts = append(parts, string(b[:m]))
			b = b[m:]
		}
		pieces := feed(false, parts...)
		pieces.Surplus = whole.Surplus
		if whole.Err != "" && pieces.Err != "" {
			whole.Err, pieces.Err = "", ""
			whole.Text, pieces.Text = "", ""
		}
		require.Empty(t, cmp.Diff(whole, pieces))
	})
}
