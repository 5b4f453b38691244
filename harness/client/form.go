package client

import "bytes"

// form is what the content events of one stream have alike: all bytes but
// those of one string. An event of that form needs no walk to be classified.
type form struct {
	before, after []byte // around the string, quotes left out
	line          bool   // there is no line end in it
	like          chunk
	other         chunk // the latest event that was not of the form
}

// scan is the package's scan, and remembers the form of what it has seen. The
// chunk is good until the next call.
func (f *form) scan(data []byte) (*chunk, bool) {
	if text := f.fill(data); text != nil {
		f.fillIn(text)
		return &f.like, true
	}
	f.other = chunk{}
	s := scanner{b: data}
	ok := s.scan(&f.other)
	if ok {
		f.learn(&s, &f.other)
	}
	return &f.other, ok
}

// fill returns the string, quotes included, that makes the form into data; nil
// if none does, or one that has a quote in it or a backslash at its end.
func (f *form) fill(data []byte) []byte {
	from, to := len(f.before), len(data)-len(f.after)
	if from == 0 || to-from < 3 || !bytes.HasPrefix(data, f.before) || !bytes.HasSuffix(data, f.after) {
		return nil
	}
	text := data[from:to]
	if text[0] != '"' || text[len(text)-2] == '\\' || bytes.IndexByte(text[1:], '"') != len(text)-2 {
		return nil
	}
	return text
}

// stride is the length of the event at the start of b, its blank line included, if
// it is one of the form, whole, and a single line; 0 if not. like then is its chunk.
func (f *form) stride(b []byte) int {
	const field = "data: "
	from := len(field) + len(f.before)
	if !f.line || len(b) < from || string(b[:len(field)]) != field || !bytes.Equal(b[len(field):from], f.before) {
		return 0
	}
	to := from + quoted(b[from:])
	if to == from || !bytes.HasPrefix(b[to:], f.after) {
		return 0
	}
	end := to + len(f.after)
	switch {
	case bytes.HasPrefix(b[end:], []byte("\n\n")):
		end += 2
	case bytes.HasPrefix(b[end:], []byte("\r\n\r\n")):
		end += 4
	default:
		return 0
	}
	f.fillIn(b[from:to])
	return end
}

// quoted is the length of the JSON string at the start of b, quotes included; 0 if
// it is empty, not whole, or has a control character in it.
func quoted(b []byte) int {
	if len(b) < 3 || b[0] != '"' || b[1] == '"' {
		return 0
	}
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return i + 1
		case c < ' ':
			return 0
		case c == '\\':
			if i++; i < len(b) && b[i] < ' ' {
				return 0
			}
		}
	}
	return 0
}

// fillIn makes text that of like.
func (f *form) fillIn(text []byte) {
	switch c := &f.like; {
	case c.said != nil:
		c.said = text
	case c.thought != nil:
		c.thought = text
	}
}

// learn takes the form of an event that has one string of content and nothing
// else to tell.
func (f *form) learn(s *scanner, c *chunk) {
	if s.texts != 1 || c.finish || c.tool || c.usage != nil || c.fault != nil || c.nvext != nil || c.timings != nil {
		return
	}
	f.before = append(f.before[:0], s.b[:s.at.from]...)
	f.after = append(f.after[:0], s.b[s.at.to:]...)
	f.like = *c
	f.line = !bytes.ContainsAny(s.b, "\r\n")
}
