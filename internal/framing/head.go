package framing

import (
	"bufio"
	"bytes"
	"net/http"
	"sync"
)

// HeadEnd is the length of the head that b begins with, its blank line included;
// -1: that has not come.
func HeadEnd(b []byte) int {
	for i := 0; ; {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			return -1
		}
		i += n + 1
		switch {
		case i < len(b) && b[i] == '\n':
			return i + 1
		case i+1 < len(b) && b[i] == '\r' && b[i+1] == '\n':
			return i + 2
		}
	}
}

// readers are those of net/http's parser.
var readers = sync.Pool{New: func() any { return bufio.NewReader(nil) }}

// ParseHead reads a whole head, as HeadEnd found it. The Body of what it returns
// is not to be used.
func ParseHead(b []byte) (*http.Response, error) {
	br, _ := readers.Get().(*bufio.Reader)
	br.Reset(bytes.NewReader(b))
	defer readers.Put(br)
	return http.ReadResponse(br, nil)
}
