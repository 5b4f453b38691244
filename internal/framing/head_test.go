package framing

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHeadEnd(t *testing.T) {
	for _, c := range []struct {
		in   string
		want int
	}{
		{"", -1},
		{"HTTP/1.1 200 OK", -1},
		{"HTTP/1.1 200 OK\r\n", -1},
		{"HTTP/1.1 200 OK\r\n\r", -1},
		{"HTTP/1.1 200 OK\r\n\r\n", 19},
		{"HTTP/1.1 200 OK\n\n", 17},
		{"HTTP/1.1 200 OK\n\r\n", 18},
		{"HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody\r\n\r\n", 25},
	} {
		require.Equal(t, c.want, HeadEnd([]byte(c.in)), "%q", c.in)
	}
}

// What net/http says of an answer's body, Body keeps to.
func TestBodyOf(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	for name, c := range map[string]struct {
		head, in, body, rest string
		whole                bool
		cut                  error
	}{
		"length":     {ok + "Content-Length: 3\r\n\r\n", "abcd", "abc", "d", true, nil},
		"cut length": {ok + "Content-Length: 3\r\n\r\n", "ab", "ab", "", false, io.ErrUnexpectedEOF},
		"empty":      {ok + "Content-Length: 0\r\n\r\n", "d", "", "d", true, nil},
		"chunks":     {ok + "Transfer-Encoding: chunked\r\n\r\n", chunked("ab", "c") + "d", "abc", "d", true, nil},
		"cut chunk":  {ok + "Transfer-Encoding: chunked\r\n\r\n", "3\r\nab", "ab", "", false, io.ErrUnexpectedEOF},
		"to the end": {"HTTP/1.0 200 OK\r\n\r\n", "abc", "abc", "", false, nil},
		"no content": {"HTTP/1.1 204 No Content\r\n\r\n", "", "", "", true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			resp, err := ParseHead([]byte(c.head))
			require.NoError(t, err)
			f, rest := Of(resp), []byte(c.in)
			var body []byte
			for {
				var piece []byte
				piece, rest, err = f.Next(rest)
				require.NoError(t, err)
				if body = append(body, piece...); len(piece) == 0 {
					break
				}
			}
			require.Equal(t, c.body, string(body))
			require.Equal(t, c.rest, string(rest))
			require.Equal(t, c.whole, f.Complete())
			require.ErrorIs(t, f.Cut(), c.cut)
		})
	}
	_, err := ParseHead([]byte("nonsense\r\n\r\n"))
	require.Error(t, err)
	require.Equal(t, Body{state: complete}, Of(&http.Response{StatusCode: http.StatusNotModified, ContentLength: -1}))
}
