// Package framing finds the parts of an HTTP/1.1 answer in bytes that come in
// pieces of any size, and copies none of them. The package promises nothing to
// other modules.
package framing

import (
	"bytes"
	"errors"
	"io"
	"net/http"
)

// maxLine bounds the line that gives a chunk's size, and the trailer.
const maxLine = 64 << 10

// What Body.Next fails with.
var (
	ErrChunkSize = errors.New("malformed chunk: its size is no hexadecimal number")
	ErrChunkEnd  = errors.New("malformed chunk: longer than its size")
	ErrChunkLine = errors.New("malformed chunk: line longer than 64 KiB")
)

// Body says where the body of an answer ends, and takes the body out of what
// marks that: chunks, a length, or the end of the connection. The zero value is a
// body that the end of the connection ends.
type Body struct {
	state framed
	left  int64 // bytes of the body, or of the chunk, that are yet to come
	line  int   // bytes of the line that is being read
	size  bool  // of it, a digit of the size has come
	blank bool  // nothing but a line end so far
}

type framed uint8

const (
	toTheEnd  framed = iota // all that comes is body
	byLength                // left bytes are
	chunkSize               // in the digits of a chunk's size
	chunkMore               // behind them, before the end of the line
	chunkData
	chunkEnd // behind the data, before the end of the line
	trailer
	complete
)

// Of is the framing of the body that follows resp's head, the answer to a request
// that was no HEAD.
func Of(resp *http.Response) Body {
	switch {
	case resp.StatusCode == http.StatusNoContent || resp.StatusCode == http.StatusNotModified:
		return Body{state: complete}
	case len(resp.TransferEncoding) > 0:
		return Body{state: chunkSize}
	case resp.ContentLength == 0:
		return Body{state: complete}
	case resp.ContentLength > 0:
		return Body{state: byLength, left: resp.ContentLength}
	}
	return Body{state: toTheEnd}
}

// Next takes the next piece of the body out of b; it is empty when the rest is.
func (f *Body) Next(b []byte) (piece, rest []byte, err error) {
	for len(b) > 0 && err == nil {
		switch f.state {
		case toTheEnd:
			return b, nil, nil
		case byLength, chunkData:
			n := int(min(f.left, int64(len(b))))
			if f.left -= int64(n); f.left == 0 {
				f.took()
			}
			return b[:n], b[n:], nil
		case complete:
			return nil, b, nil
		default:
			b, err = f.mark(b)
		}
	}
	return nil, b, err
}

// took says that the last byte of a length or a chunk has come.
func (f *Body) took() {
	if f.state == byLength {
		f.state = complete
		return
	}
	f.state, f.line = chunkEnd, 0
}

// mark reads what stands between the pieces.
func (f *Body) mark(b []byte) ([]byte, error) {
	switch f.state {
	case chunkSize:
		return f.digits(b)
	case chunkMore:
		return f.more(b)
	case chunkEnd:
		return f.afterData(b)
	default:
		return f.trail(b)
	}
}

// digits reads a chunk's size, up to what is no digit.
func (f *Body) digits(b []byte) ([]byte, error) {
	for i, c := range b {
		d := digit(c)
		switch {
		case d < 0 && f.size:
			f.state, f.line, f.size = chunkMore, 0, false
			if c > ' ' && c != ';' {
				return b, ErrChunkSize
			}
			return b[i:], nil
		case d < 0:
			return b, ErrChunkSize
		case f.left > 1<<56:
			return b, ErrChunkSize
		}
		f.left, f.size = f.left<<4|int64(d), true
	}
	return nil, nil
}

func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// more passes over what follows a chunk's size, to the end of the line.
func (f *Body) more(b []byte) ([]byte, error) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		if f.line += len(b); f.line > maxLine {
			return b, ErrChunkLine
		}
		return nil, nil
	}
	f.line = 0
	if f.state = chunkData; f.left == 0 {
		f.state, f.blank = trailer, true
	}
	return b[i+1:], nil
}

// afterData reads the line end behind a chunk.
func (f *Body) afterData(b []byte) ([]byte, error) {
	switch c := b[0]; {
	case c == '\r' && f.line == 0:
		f.line = 1
	case c == '\n':
		*f = Body{state: chunkSize}
	default:
		return b, ErrChunkEnd
	}
	return b[1:], nil
}

// trail reads lines to the blank one.
func (f *Body) trail(b []byte) ([]byte, error) {
	for i, c := range b {
		switch {
		case c == '\n' && f.blank:
			f.state = complete
			return b[i+1:], nil
		case c == '\n':
			f.blank = true
		case c != '\r':
			f.blank = false
		}
		if f.line++; f.line > maxLine {
			return b, ErrChunkLine
		}
	}
	return nil, nil
}

// Complete tells that all of the body has come, and what marks its end.
func (f *Body) Complete() bool { return f.state == complete }

// Cut is the error of a connection that ended here; nil: the body is whole.
func (f *Body) Cut() error {
	if f.state == toTheEnd || f.state == complete {
		return nil
	}
	return io.ErrUnexpectedEOF
}
