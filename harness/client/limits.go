package client

import (
	"fmt"
	"time"

	"github.com/dynbench/dynbench/harness/record"
)

// limits are those that one answer must keep. They cost nothing an event: the
// connection's deadline stands at the first moment at which one of them may have
// passed, and is moved on only when it is reached.
type limits struct {
	t       *tally // what has come; nil: every deadline ends the reading
	whole   int64  // when all must have come, on the clock
	first   int64  // when the first content must have come, 0: no such limit
	between int64  // ns from content to content, 0: no such limit
}

// sort of limit
type limit uint8

const (
	byWhole limit = iota
	byFirst
	byBetween
)

// due is the moment at which the answer is too late if nothing more comes, and
// the limit that makes it so.
func (l *limits) due() (at int64, by limit) {
	at, by = l.whole, byWhole
	if l.t == nil || l.t.finished {
		return at, by
	}
	if rec := l.t.rec; rec.Events > 0 {
		if l.between > 0 && rec.Last+l.between < at {
			return rec.Last + l.between, byBetween
		}
	} else if l.first > 0 && l.first < at {
		return l.first, byFirst
	}
	return at, by
}

// look is the moment to look again at the latest, now being the clock's time.
func (l *limits) look(now int64) int64 {
	at, _ := l.due()
	if l.between > 0 && now+l.between < at {
		return now + l.between
	}
	return at
}

// arm sets the limits of the request that is about to be sent: whole is how long
// it may take.
func (w *wire) arm(t *tally, cfg *Config, whole time.Duration) error {
	now := w.clock.Now()
	w.limits = limits{t: t, whole: now + int64(whole), between: int64(cfg.BetweenTokens)}
	if cfg.FirstToken > 0 {
		w.limits.first = now + int64(cfg.FirstToken)
	}
	at, _ := w.limits.due()
	if err := w.SetWriteDeadline(moment(w.clock, at)); err != nil {
		return err
	}
	return w.SetReadDeadline(moment(w.clock, w.limits.look(now)))
}

// goOn tells whether a read that ended with err reached no limit yet; then the
// deadline has been moved on.
func (w *wire) goOn(err error) bool {
	if w.limits.t == nil || !timedOut(err) || w.gone.Load() {
		return false
	}
	now := w.clock.Now()
	if at, _ := w.limits.due(); now >= at {
		return false
	}
	err = w.SetReadDeadline(moment(w.clock, w.limits.look(now)))
	return err == nil && !w.gone.Load() // it may have been set between: a past deadline with it
}

// disarm ends the limits, and gives what may still come the time d.
func (w *wire) disarm(d time.Duration) {
	w.limits.t = nil
	_ = w.SetReadDeadline(time.Now().Add(d))
}

// abandon ends the reading and writing from another goroutine.
func (w *wire) abandon() {
	w.gone.Store(true)
	_ = w.SetDeadline(time.Unix(1, 0))
}

func moment(c record.Clock, at int64) time.Time { return c.Base().Add(time.Duration(at)) }

// passed is the failure by the limit that the answer did not keep.
func (s *Slot) passed() *failure {
	cfg := &s.c.cfg
	switch _, by := s.link.wire.limits.due(); by {
	case byFirst:
		return failed(record.Timeout, fmt.Errorf("no content %s after the send", cfg.FirstToken))
	case byBetween:
		return failed(record.Timeout, fmt.Errorf("no more content for %s", cfg.BetweenTokens))
	default:
		return failed(record.Timeout, fmt.Errorf("answer not whole %s after the send", cfg.Timeout))
	}
}
