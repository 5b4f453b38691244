package tokens

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// cursor reads JSON where it stands, without values in between: vocabularies of
// 11 MB are read in tens of milliseconds, and memory is bounded by the text. It
// checks what it reads and is lenient about what it skips.
type cursor struct {
	data []byte
	i    int
	side []byte // text of strings that held escapes
}

// span is a string of a cursor's data, or of its side text.
type span struct{ off, n uint32 }

const (
	inSide  = 1 << 31
	maxJSON = 1 << 29
)

// text returns the bytes of s; they must not be changed.
func (c *cursor) text(s span) []byte {
	if s.off&inSide != 0 {
		o := s.off &^ inSide
		return c.side[o : o+s.n]
	}
	return c.data[s.off : s.off+s.n]
}

func (c *cursor) fail(what string) error {
	return fmt.Errorf("invalid JSON at byte %d: %s", c.i, what)
}

func (c *cursor) blanks() {
	for c.i < len(c.data) {
		switch c.data[c.i] {
		case ' ', '\n', '\t', '\r':
			c.i++
		default:
			return
		}
	}
}

// peek returns the next byte that is not blank, 0 at the end.
func (c *cursor) peek() byte {
	c.blanks()
	if c.i >= len(c.data) {
		return 0
	}
	return c.data[c.i]
}

func (c *cursor) take(b byte) error {
	if c.peek() != b {
		return c.fail("want " + string(rune(b)))
	}
	c.i++
	return nil
}

// str reads a string.
func (c *cursor) str() (span, error) {
	if err := c.take('"'); err != nil {
		return span{}, err
	}
	start := c.i
	for i := start; i < len(c.data); i++ {
		switch c.data[i] {
		case '"':
			c.i = i + 1
			return span{uint32(start), uint32(i - start)}, nil
		case '\\':
			return c.escaped(start, i)
		}
	}
	return span{}, c.fail("string without end")
}

// escaped reads on in a string that began at start and has its first escape at i.
func (c *cursor) escaped(start, i int) (span, error) {
	from := len(c.side)
	c.side = append(c.side, c.data[start:i]...)
	for i < len(c.data) {
		switch b := c.data[i]; b {
		case '"':
			c.i = i + 1
			return span{uint32(from) | inSide, uint32(len(c.side) - from)}, nil
		case '\\':
			r, n := unescape(c.data[i:])
			if n == 0 {
				c.i = i
				return span{}, c.fail("bad escape")
			}
			c.side = utf8.AppendRune(c.side, r)
			i += n
		default:
			c.side = append(c.side, b)
			i++
		}
	}
	return span{}, c.fail("string without end")
}

// unescape reads the escape at the start of b and its length, 0 for a bad one.
func unescape(b []byte) (rune, int) {
	if len(b) < 2 {
		return 0, 0
	}
	if k := bytes.IndexByte([]byte(`"\/bfnrt`), b[1]); k >= 0 {
		return rune("\"\\/\b\f\n\r\t"[k]), 2
	}
	r, ok := hex4(b)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	low, ok := hex4(b[6:])
	if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
		return 0, 0
	}
	return r, 12
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(n), err == nil
}

// number reads a whole number that is not negative.
func (c *cursor) number() (int, error) {
	c.blanks()
	n, start := 0, c.i
	for ; c.i < len(c.data) && '0' <= c.data[c.i] && c.data[c.i] <= '9' && n < maxJSON; c.i++ {
		n = n*10 + int(c.data[c.i]-'0')
	}
	if c.i == start || n >= maxJSON {
		return 0, c.fail("want a whole number below 2^29")
	}
	return n, nil
}

// object calls f for each key, with the cursor before the value, which f reads.
func (c *cursor) object(f func(key span) error) error {
	return c.list('{', '}', func() error {
		key, err := c.str()
		if err == nil {
			err = c.take(':')
		}
		if err != nil {
			return err
		}
		return f(key)
	})
}

// array calls f before each element, which f reads.
func (c *cursor) array(f func() error) error { return c.list('[', ']', f) }

func (c *cursor) list(open, end byte, f func() error) error {
	if err := c.take(open); err != nil {
		return err
	}
	if c.peek() == end {
		c.i++
		return nil
	}
	for {
		if err := f(); err != nil {
			return err
		}
		switch c.peek() {
		case ',':
			c.i++
		case end:
			c.i++
			return nil
		default:
			return c.fail("want , or " + string(rune(end)))
		}
	}
}

// raw skips a value of any kind and returns its text.
func (c *cursor) raw() ([]byte, error) {
	c.blanks()
	start, depth := c.i, 0
	for c.i < len(c.data) {
		switch c.data[c.i] {
		case '"':
			for c.i++; c.i < len(c.data) && c.data[c.i] != '"'; c.i++ {
				if c.data[c.i] == '\\' {
					c.i++
				}
			}
			if c.i >= len(c.data) {
				return nil, c.fail("string without end")
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',', ':', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return nil, c.fail("want a value")
			}
		default:
			for c.i+1 < len(c.data) && bytes.IndexByte([]byte(",:]}[{\" \n\t\r"), c.data[c.i+1]) < 0 {
				c.i++
			}
		}
		c.i++
		if depth < 0 {
			return nil, c.fail("bracket without its other one")
		}
		if depth == 0 {
			return c.data[start:c.i], nil
		}
	}
	return nil, c.fail("value without end")
}
