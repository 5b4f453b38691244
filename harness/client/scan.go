package client

import "bytes"

// chunk is what one event of a stream holds. The slices are JSON, raw, and nil
// where the key is missing or null.
type chunk struct {
	text, reasoning, tool bool // content of each sort, not empty
	finish                bool // a choice has its finish_reason

	// The first choice's content of each sort, JSON strings.
	said, thought, called []byte
	usage, fault          []byte
	nvext, timings        []byte
}

func (c *chunk) content() bool { return c.text || c.reasoning || c.tool }

// scan classifies the event in data by a walk over its bytes. It gives up,
// false, on every shape that is not the usual one; decode then decides. What it
// accepts it classifies as decode would, but it may accept broken JSON whose
// nesting is whole.
func scan(data []byte, c *chunk) bool {
	s := scanner{b: data}
	return s.scan(c)
}

func (s *scanner) scan(c *chunk) bool {
	for first := true; s.more('{', '}', &first); {
		switch string(s.key()) {
		case "choices":
			s.choices(c)
		case "usage", "usageMetadata":
			if raw := s.object(); bytes.IndexByte(raw, '"') >= 0 {
				c.usage = raw
			}
		case "error":
			if raw := s.raw(); !none(raw) {
				c.fault = raw
			}
		case "object":
			if string(s.raw()) == `"error"` {
				c.fault = s.b
			}
		case "nvext":
			c.nvext = s.object()
		case "timings":
			c.timings = s.object()
		default:
			s.raw()
		}
	}
	s.blank()
	return !s.odd && s.i == len(s.b)
}

// none tells that an error key holds no error.
func none(raw []byte) bool {
	switch string(raw) {
	case "null", "false", `""`:
		return true
	}
	return false
}

type scanner struct {
	b     []byte
	i     int
	odd   bool // broken, or a shape that scan does not know
	texts int  // strings that are not empty among those that count
	at    span // the latest of them, quotes included
}

func (s *scanner) choices(c *chunk) {
	if s.null() {
		return
	}
	n := 0
	for first := true; s.more('[', ']', &first); n++ {
		for first := true; s.more('{', '}', &first); {
			switch string(s.key()) {
			case "delta", "message":
				s.delta(c, n == 0)
			case "text":
				s.content(&c.text, &c.said, n == 0)
			case "finish_reason":
				c.finish = s.text() || c.finish
			default:
				s.raw()
			}
		}
	}
}

func (s *scanner) delta(c *chunk, keep bool) {
	if s.null() {
		return
	}
	for first := true; s.more('{', '}', &first); {
		switch string(s.key()) {
		case "content":
			s.content(&c.text, &c.said, keep)
		case "reasoning_content", "reasoning":
			s.reasoning(c, keep)
		case "tool_calls":
			s.tools(c, keep)
		case "function_call":
			s.function(c, keep)
		default:
			s.raw()
		}
	}
}

// reasoning reads a text that some servers send under both names.
func (s *scanner) reasoning(c *chunk, keep bool) {
	before := c.thought
	c.thought = nil
	s.content(&c.reasoning, &c.thought, keep)
	if before != nil {
		s.odd = s.odd || c.thought != nil && !bytes.Equal(before, c.thought)
		c.thought = before
	}
}

func (s *scanner) tools(c *chunk, keep bool) {
	if s.null() {
		return
	}
	for first := true; s.more('[', ']', &first); {
		for first := true; s.more('{', '}', &first); {
			if string(s.key()) == "function" {
				s.function(c, keep)
			} else {
				s.raw()
			}
		}
	}
}

func (s *scanner) function(c *chunk, keep bool) {
	if s.null() {
		return
	}
	for first := true; s.more('{', '}', &first); {
		switch string(s.key()) {
		case "name", "arguments":
			s.content(&c.tool, &c.called, keep)
		default:
			s.raw()
		}
	}
}

// content reads a text, tells in has of one that is not empty, and keeps it where
// keep says so. To join two of one sort is left to decode.
func (s *scanner) content(has *bool, kept *[]byte, keep bool) {
	if !s.text() {
		return
	}
	*has = true
	if keep {
		s.odd = s.odd || *kept != nil
		*kept = s.at.of(s.b)
	}
}

// text reads a string or null and tells whether it is a string that is not
// empty.
func (s *scanner) text() bool {
	if s.null() {
		return false
	}
	if s.odd || s.b[s.i] != '"' {
		s.odd = true
		return false
	}
	from := s.i
	if s.str(); s.i-from == 2 {
		return false
	}
	s.texts++
	s.at = span{from, s.i}
	return true
}

// object reads a value and returns it if it is an object.
func (s *scanner) object() []byte {
	if raw := s.raw(); len(raw) > 0 && raw[0] == '{' {
		return raw
	}
	return nil
}

// more steps to the next member between open and end, over the opening, the
// comma or the end; false after the end.
func (s *scanner) more(open, end byte, first *bool) bool {
	if *first {
		if s.blank(); !s.eat(open) {
			s.odd = true
			return false
		}
		s.blank()
		*first = false
		return !s.eat(end) && !s.odd
	}
	if s.blank(); s.odd || s.eat(end) {
		return false
	}
	if !s.eat(',') {
		s.odd = true
	}
	return !s.odd
}

// key reads a key and its colon. A key with an escape is odd.
func (s *scanner) key() []byte {
	if s.blank(); !s.eat('"') {
		s.odd = true
		return nil
	}
	from := s.i
	for s.i < len(s.b) && s.b[s.i] != '"' && s.b[s.i] != '\\' {
		s.i++
	}
	to := s.i
	if !s.eat('"') {
		s.odd = true
		return nil
	}
	if s.blank(); !s.eat(':') {
		s.odd = true
	}
	return s.b[from:to]
}

func (s *scanner) eat(c byte) bool {
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

func (s *scanner) blank() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\n' || s.b[s.i] == '\t' || s.b[s.i] == '\r') {
		s.i++
	}
}

// null steps over a null and over the blanks before any value.
func (s *scanner) null() bool {
	s.blank()
	if s.i >= len(s.b) {
		s.odd = true
		return false
	}
	if s.b[s.i] == 'n' && bytes.HasPrefix(s.b[s.i:], []byte("null")) {
		s.i += 4
		return true
	}
	return false
}

// str steps over the string that starts here.
func (s *scanner) str() {
	s.i++
	for {
		n := bytes.IndexByte(s.b[s.i:], '"')
		if n < 0 {
			s.i, s.odd = len(s.b), true
			return
		}
		end := s.i + n
		slashes := 0
		for slashes < n && s.b[end-1-slashes] == '\\' {
			slashes++
		}
		if s.i = end + 1; slashes%2 == 0 {
			return
		}
	}
}

// raw steps over any value and returns it.
func (s *scanner) raw() []byte {
	s.blank()
	from, depth := s.i, 0
	for s.i < len(s.b) && !s.odd {
		switch c := s.b[s.i]; c {
		case '"':
			s.str()
		case '{', '[':
			depth++
			s.i++
		case '}', ']':
			depth--
			s.i++
		case ' ', '\t', '\n', '\r', ',', ':':
			if depth == 0 {
				s.odd = true
			}
			s.i++
		default:
			s.scalar()
		}
		if depth <= 0 {
			s.odd = s.odd || depth < 0
			return s.b[from:s.i]
		}
	}
	s.odd = true
	return nil
}

// scalar steps over a number, true, false or null.
func (s *scanner) scalar() {
	from := s.i
	for s.i < len(s.b) && (s.b[s.i] >= '0' && s.b[s.i] <= '9' || s.b[s.i] >= 'a' && s.b[s.i] <= 'z' ||
		s.b[s.i] == '-' || s.b[s.i] == '+' || s.b[s.i] == '.' || s.b[s.i] == 'E') {
		s.i++
	}
	word := s.b[from:s.i]
	switch {
	case len(word) == 0:
		s.odd = true
	case word[0] == '-' || word[0] <= '9':
	default:
		s.odd = s.odd || string(word) != "true" && string(word) != "false" && string(word) != "null"
	}
}
