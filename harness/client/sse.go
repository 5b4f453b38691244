package client

import (
	"bytes"
	"errors"
)

// maxEvent bounds one event of a stream, and a whole JSON answer.
const maxEvent = 64 << 20

var errEventSize = errors.New("event larger than 64 MiB")

// event is one server-sent event. Its slices are valid until the next put or rest.
type event struct {
	data  []byte // data lines joined by newlines
	note  []byte // the first comment, without its colon
	fault bool   // named error
}

// splitter cuts a stream of bytes into server-sent events without copying
// them: the caller puts bytes, takes events with next until there is none, and
// calls rest before the bytes go. Line ends are LF, CRLF and CR in any mixture.
// All positions but r and w are relative to r, the start of the event that is
// being read, so that moving the bytes moves none of them.
type splitter struct {
	buf    []byte // lent by put, or own
	own    []byte
	r, w   int
	line   int // start of the line being read
	scan   int // no line end between line and here
	lines  int // data lines of this event
	data   span
	note   span
	joined []byte // the data once it has more than one line
	fault  bool
	skipLF bool // the line before ended in CR: an LF now is its second half
	begun  bool // past the place where a byte order mark may stand
}

type span struct{ from, to int }

func (s span) of(b []byte) []byte { return b[s.from:s.to] }

// reset forgets the stream and keeps the buffers.
func (s *splitter) reset() { *s = splitter{own: s.own[:0], joined: s.joined[:0]} }

// put adds bytes of the stream, which must stay as they are until rest.
func (s *splitter) put(b []byte) error {
	if s.r == s.w {
		s.buf, s.r, s.w = b, 0, len(b)
		return nil
	}
	s.rest()
	if len(s.own)+len(b) > maxEvent {
		return errEventSize
	}
	s.own = append(s.own, b...)
	s.buf, s.w = s.own, len(s.own)
	return nil
}

// rest keeps the bytes that no event has taken yet, and ends the life of the
// events taken so far.
func (s *splitter) rest() {
	s.own = append(s.own[:0], s.buf[s.r:s.w]...)
	s.buf, s.r, s.w = s.own, 0, len(s.own)
}

// next takes the next whole event.
func (s *splitter) next() (event, bool) {
	for {
		rest := s.buf[s.r+s.scan : s.w]
		if s.skipLF && len(rest) > 0 {
			s.skipLF = false
			if rest[0] == '\n' {
				s.line, s.scan = s.line+1, s.scan+1
				continue
			}
		}
		i := lineEnd(rest)
		if i < 0 {
			s.scan = s.w - s.r
			return event{}, false
		}
		end := s.scan + i
		s.skipLF = rest[i] == '\r'
		blank := s.take(end)
		s.line, s.scan = end+1, end+1
		if !blank {
			continue
		}
		if ev, ok := s.dispatch(); ok {
			return ev, true
		}
	}
}

// start is what has come from the start of an event on; nil in the middle of one.
func (s *splitter) start() []byte {
	if s.scan > 0 || !s.begun {
		return nil
	}
	if s.skipLF && s.r < s.w {
		s.skipLF = false
		if s.buf[s.r] == '\n' {
			s.r++
		}
	}
	return s.buf[s.r:s.w]
}

// skip passes over n bytes of start, a whole event.
func (s *splitter) skip(n int) { s.r += n }

// last takes the event that the end of the stream cut short of its blank line.
func (s *splitter) last() (event, bool) {
	if s.line < s.w-s.r {
		s.take(s.w - s.r)
	}
	s.line = s.w - s.r
	s.scan = s.line
	return s.dispatch()
}

// dispatch ends the event at s.line and tells whether it holds anything.
func (s *splitter) dispatch() (event, bool) {
	b := s.buf[s.r:s.w]
	ev := event{data: s.data.of(b), note: s.note.of(b), fault: s.fault}
	if s.lines > 1 {
		ev.data = s.joined
	}
	ok := s.lines > 0 || s.fault
	s.r += s.line
	s.line, s.scan, s.lines, s.fault = 0, 0, 0, false
	s.data, s.note = span{}, span{}
	return ev, ok
}

// take reads the line that ends at end and tells whether it is blank.
func (s *splitter) take(end int) (blank bool) {
	from := s.line
	b := s.buf[s.r:s.w]
	if !s.begun {
		s.begun = true
		if bytes.HasPrefix(b[from:end], []byte("\ufeff")) {
			from += 3
		}
	}
	text := b[from:end]
	if len(text) == 0 {
		return true
	}
	colon := bytes.IndexByte(text, ':')
	name, value := text, span{end, end}
	if colon >= 0 {
		name, value.from = text[:colon], from+colon+1
		if value.from < end && b[value.from] == ' ' {
			value.from++
		}
	}
	switch string(name) {
	case "":
		if s.note == (span{}) {
			s.note = value
		}
	case "data":
		s.addData(value)
	case "event":
		s.fault = string(value.of(b)) == "error"
	case "error": // llama.cpp, before it used data lines
		s.fault = true
		s.addData(value)
	}
	return false
}

func (s *splitter) addData(v span) {
	b := s.buf[s.r:s.w]
	switch s.lines++; s.lines {
	case 1:
		s.data = v
		return
	case 2:
		s.joined = append(s.joined[:0], s.data.of(b)...)
	}
	s.joined = append(append(s.joined, '\n'), v.of(b)...)
}

// lineEnd is the index of the first LF or CR.
func lineEnd(b []byte) int {
	lf := bytes.IndexByte(b, '\n')
	if lf >= 0 {
		b = b[:lf]
	}
	if cr := bytes.IndexByte(b, '\r'); cr >= 0 {
		return cr
	}
	return lf
}
