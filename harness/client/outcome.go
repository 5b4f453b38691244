package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/workload"
)

// failure is how and why a request failed.
type failure struct {
	record.Error
	outcome record.Outcome
}

func failed(o record.Outcome, err error) *failure {
	return &failure{record.Error{Message: cut(err.Error())}, o}
}

// blame turns an error of the connection into the outcome it stands for: the
// end of ctx or of req.CancelAfter, a passed limit, or else.
func (s *Slot) blame(ctx context.Context, req *workload.Request, other record.Outcome, err error) *failure {
	switch {
	case ctx.Err() != nil:
		return failed(record.Cancelled, context.Cause(ctx))
	case !timedOut(err):
		return failed(other, err)
	case s.limit(req) < s.c.cfg.Timeout && s.link.passed().limits.whole <= s.c.cfg.Clock.Now():
		return failed(record.Cancelled, fmt.Errorf("cancelled %s after the send, as planned", req.CancelAfter))
	}
	return s.passed()
}

// plain takes the addresses off a connection's error: each has a port of its
// own in them, and errors are counted by their text.
func plain(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

func timedOut(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// cut bounds a message, at a whole character.
func cut(s string) string {
	if len(s) > record.MaxMessage {
		s = s[:record.MaxMessage]
	}
	return strings.ToValidUTF8(s, "")
}
