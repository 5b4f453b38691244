package client

import (
	"errors"
	"io"
)

// stream reads server-sent events to the end of the body. An error means that
// the stream was cut before it said how it ended. whole tells that the
// connection stands where the next answer will begin.
//
// A read of the body takes what one read of the connection gave. Where it took
// two (a chunk's size at the end of the first), all events of it have the stamp
// of the second: never early, and they count as coalesced.
func (s *Slot) stream(body io.Reader) (whole bool, err error) {
	s.split.reset()
	wire := s.link.wire
	for lingering := false; ; {
		room, err := s.split.space()
		if err != nil {
			return false, err
		}
		n, err := body.Read(room)
		s.split.wrote(n)
		for ev, ok := s.split.next(); ok; ev, ok = s.split.next() {
			s.t.event(ev, wire.last)
		}
		if err != nil {
			return s.ended(err)
		}
		if s.t.over() && !lingering {
			lingering = true
			wire.disarm(linger)
		}
	}
}

// ended judges the error that a stream ended with.
func (s *Slot) ended(err error) (whole bool, _ error) {
	if errors.Is(err, io.EOF) {
		if ev, ok := s.split.last(); ok {
			s.t.event(ev, s.link.wire.last)
		}
		return true, nil
	}
	if s.t.over() || s.t.finished && !timedOut(err) {
		return false, nil
	}
	return false, err
}

// whole reads an answer that is one JSON document: all of it arrives at its
// last byte.
func (s *Slot) whole(body io.Reader) (bool, error) {
	text, err := io.ReadAll(io.LimitReader(body, maxEvent))
	if err != nil {
		return false, err
	}
	if len(text) == maxEvent {
		return false, errEventSize
	}
	c, err := decode(text)
	if err != nil {
		return true, errors.New("answer is not JSON")
	}
	s.t.finished = c.fault == nil
	s.t.chunk(&c, s.link.wire.last)
	return true, nil
}
