// Package wait waits for conditions: with a deadline, and with the last error
// in the message when the deadline passes. It promises nothing to other modules.
package wait

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Stop wraps an error that no further try can mend: Until returns its cause at
// once (a part that exited will not become ready).
func Stop(err error) error {
	if err == nil {
		return nil
	}
	return &stopError{err}
}

type stopError struct{ err error }

func (e *stopError) Error() string { return e.err.Error() }
func (e *stopError) Unwrap() error { return e.err }

// Until calls try, first at once and then every interval, until it returns nil.
// It ends early when try returns a Stop error, and otherwise when ctx is done,
// with the time waited, the number of tries and the last error of try. The
// context that try gets is ctx, so a try that hangs ends with it.
func Until(ctx context.Context, interval time.Duration, try func(context.Context) error) error {
	began := time.Now()
	tick := time.NewTicker(interval)
	defer tick.Stop()
	var last error
	for n := 1; ; n++ {
		err := try(ctx)
		if err == nil {
			return nil
		}
		var stop *stopError
		if errors.As(err, &stop) {
			return stop.err
		}
		// A try that was cut off by our own deadline says less than the one before.
		if last == nil || ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not ready after %s and %d tries: %w; last: %w",
				time.Since(began).Round(time.Millisecond), n, context.Cause(ctx), last)
		case <-tick.C:
		}
	}
}

// AtMost is Until with a deadline of its own.
func AtMost(ctx context.Context, limit, interval time.Duration, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return Until(ctx, interval, try)
}
