package client

import (
	"fmt"
	"time"

	"github.com/dynbench/dynbench/harness/record"
)

// limits are those that one answer must keep. They cost nothing an event: the
// deadline, or timer, stands at the first moment at which one of them may have
// passed, and is moved on only when it is reached.
type limits struct {
	t       *tally // what has come; nil: the time to linger is all that is left
	whole   int64  // when all must have come, on the clock
	linger  int64  // when what may still come must have; 0: as whole
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
	switch {
	case l.t == nil && l.linger > 0:
		return l.linger, byWhole
	case l.t == nil || l.t.finished:
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

// newLimits are those of the request that is about to be sent at now: whole is
// how long it may take.
func newLimits(t *tally, cfg *Config, now int64, whole time.Duration) limits {
	l := limits{t: t, whole: now + int64(whole), between: int64(cfg.BetweenTokens)}
	if cfg.FirstToken > 0 {
		l.first = now + int64(cfg.FirstToken)
	}
	return l
}

func moment(c record.Clock, at int64) time.Time { return c.Base().Add(time.Duration(at)) }

// passed is the failure by the limit that the answer did not keep.
func (s *Slot) passed() *failure {
	cfg := &s.c.cfg
	switch _, by := s.link.passed().limits.due(); by {
	case byFirst:
		return failed(record.Timeout, fmt.Errorf("no content %s after the send", cfg.FirstToken))
	case byBetween:
		return failed(record.Timeout, fmt.Errorf("no more content for %s", cfg.BetweenTokens))
	default:
		return failed(record.Timeout, fmt.Errorf("answer not whole %s after the send", cfg.Timeout))
	}
}
