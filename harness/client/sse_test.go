package client

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

// got is an event as tests compare it.
type got struct {
	Data, Note string
	Fault      bool
}

// split feeds the parts one by one and returns all events.
func split(parts ...string) []got {
	var s splitter
	var out []got
	add := func(ev event) { out = append(out, got{string(ev.data), string(ev.note), ev.fault}) }
	for _, p := range parts {
		lent := []byte(p)
		_ = s.put(lent)
		for ev, ok := s.next(); ok; ev, ok = s.next() {
			add(ev)
		}
		s.rest()
		for i := range lent {
			lent[i] = '!' // whoever looks at it later sees this
		}
	}
	if ev, ok := s.last(); ok {
		add(ev)
	}
	return out
}

// slowSplit is the standard's text turned to code: normalise line ends, take
// line by line.
func slowSplit(stream string) []got {
	stream = strings.TrimPrefix(stream, "\ufeff")
	stream = strings.ReplaceAll(strings.ReplaceAll(stream, "\r\n", "\n"), "\r", "\n")
	var out []got
	var ev got
	var data []string
	commented := false
	for _, line := range strings.Split(stream+"\n\n", "\n") {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "":
			if data != nil || ev.Fault {
				ev.Data = strings.Join(data, "\n")
				out = append(out, ev)
			}
			ev, data, commented = got{}, nil, false
		case name == "":
			if !commented {
				ev.Note, commented = value, true
			}
		case name == "data":
			data = append(data, value)
		case name == "event":
			ev.Fault = value == "error"
		case name == "error":
			ev.Fault = true
			data = append(data, value)
		}
	}
	return out
}

var streams = map[string]struct {
	in   string
	want []got
}{
	"LF":                 {"data: a\n\ndata: b\n\n", []got{{Data: "a"}, {Data: "b"}}},
	"CRLF":               {"data: a\r\n\r\ndata: b\r\n\r\n", []got{{Data: "a"}, {Data: "b"}}},
	"CR":                 {"data: a\r\rdata: b\r\r", []got{{Data: "a"}, {Data: "b"}}},
	"mixed":              {"data: a\r\n\r\ndata: b\n\ndata: c\r\rdata: d\n\r\n", []got{{Data: "a"}, {Data: "b"}, {Data: "c"}, {Data: "d"}}},
	"joined":             {"data: {\"a\"\ndata: :1}\n\ndata: x", []got{{Data: "{\"a\"\n:1}"}, {Data: "x"}}},
	"three lines":        {"data:1\ndata: 2\ndata:  3\n\n", []got{{Data: "1\n2\n 3"}}},
	"no final blank":     {"data: a\n\ndata: b\n", []got{{Data: "a"}, {Data: "b"}}},
	"no final line end":  {"data: a\n\ndata: b", []got{{Data: "a"}, {Data: "b"}}},
	"comment alone":      {": ping\n\n", nil},
	"comment and data":   {": note\n: more\ndata: a\n\n", []got{{Data: "a", Note: "note"}}},
	"error event":        {"event: error\n: why\n\n", []got{{Note: "why", Fault: true}}},
	"error event, data":  {"event: error\ndata: {}\n\ndata: b\n\n", []got{{Data: "{}", Fault: true}, {Data: "b"}}},
	"error field":        {"error: {\"code\":500}\n\n", []got{{Data: "{\"code\":500}", Fault: true}}},
	"other fields":       {"id: 1\nretry: 5\nfoo\nevent: message\ndata: a\n\n", []got{{Data: "a"}}},
	"empty data":         {"data\n\ndata:\n\n", []got{{}, {}}},
	"many blank lines":   {"\n\n\r\n\rdata: a\n\n\n\n", []got{{Data: "a"}}},
	"characters":         {"data: 你好 🙂\n\n", []got{{Data: "你好 🙂"}}},
	"byte order mark":    {"\ufeffdata: a\n\n", []got{{Data: "a"}}},
	"colon in the data":  {"data: a: b\n\n", []got{{Data: "a: b"}}},
	"done":               {"data: [DONE]\n\n", []got{{Data: "[DONE]"}}},
	"nothing":            {"", nil},
	"larger than buffer": {"data: " + strings.Repeat("x", 3*bufSize) + "\n\ndata: b\n\n", []got{{Data: strings.Repeat("x", 3*bufSize)}, {Data: "b"}}},
}

func TestSplitAtEveryByte(t *testing.T) {
	for name, tc := range streams {
		t.Run(name, func(t *testing.T) {
			require.Empty(t, cmp.Diff(tc.want, slowSplit(tc.in)), "reference")
			require.Empty(t, cmp.Diff(tc.want, split(tc.in)))
			step := max(len(tc.in)/200, 1)
			for i := 0; i < len(tc.in); i += step {
				require.Empty(t, cmp.Diff(tc.want, split(tc.in[:i], tc.in[i:])), "cut at %d", i)
			}
			require.Empty(t, cmp.Diff(tc.want, split(strings.Split(tc.in, "")...)), "byte by byte")
		})
	}
}

func FuzzSplit(f *testing.F) {
	for _, tc := range streams {
		if len(tc.in) < 200 {
			f.Add(tc.in, 3, 7)
		}
	}
	f.Fuzz(func(t *testing.T, in string, a, b int) {
		a, b = cutAt(a, len(in)), cutAt(b, len(in))
		a, b = min(a, b), max(a, b)
		want := slowSplit(in)
		if d := cmp.Diff(want, split(in[:a], in[a:b], in[b:])); d != "" {
			t.Fatalf("cut at %d and %d of %q: %s", a, b, in, d)
		}
	})
}

func cutAt(i, n int) int { return int(uint(i) % uint(n+1)) }
