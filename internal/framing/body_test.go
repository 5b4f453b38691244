package framing

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http/httputil"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// chunked writes each part as a chunk of its own.
func chunked(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "%x\r\n%s\r\n", len(p), p)
	}
	return b.String() + "0\r\n\r\n"
}

// chunkBody reads a chunked body in pieces of n bytes.
func chunkBody(in []byte, n int) (body []byte, rest int, err error) {
	f := Body{state: chunkSize}
	for len(in) > 0 && !f.Complete() {
		part := in[:min(n, len(in))]
		in = in[len(part):]
		for {
			var piece []byte
			piece, part, err = f.Next(part)
			if err != nil {
				return body, 0, err
			}
			if body = append(body, piece...); len(piece) == 0 {
				break
			}
		}
		rest = len(part)
	}
	return body, rest + len(in), f.Cut()
}

// FuzzBody holds the framing against net/http's: what both read to the end is
// the same, whatever the pieces, and what net/http reads to the end we do too.
func FuzzBody(f *testing.F) {
	f.Add([]byte(chunked("a", "bc", strings.Repeat("d", 300))), 1)
	f.Add([]byte("5;x=y \r\nhello\r\n0\r\nA: b\r\n\r\nmore"), 3)
	f.Add([]byte("00000a\nhellohello\n0\n\n"), 2)
	f.Add([]byte("5\r\nhel"), 7)
	f.Fuzz(func(t *testing.T, in []byte, n int) {
		got, rest, err := chunkBody(in, max(1, n&63))
		again, rest2, err2 := chunkBody(in, len(in)+1)
		require.Equal(t, again, got)
		require.Equal(t, err2 == nil, err == nil)
		if err == nil {
			require.Equal(t, rest2, rest)
		}
		want, wantErr := io.ReadAll(httputil.NewChunkedReader(bytes.NewReader(in)))
		if wantErr == nil && err == nil {
			require.Equal(t, string(want), string(got))
		}
		if wantErr == nil && err != nil && !errors.Is(err, io.ErrUnexpectedEOF) { // it does not read the trailer
			t.Fatalf("net/http reads %q, we do not: %v", want, err)
		}
	})
}
