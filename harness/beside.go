package harness

import (
	"context"

	"github.com/dynbench/dynbench/harness/result"
)

// beside starts what runs beside a level. What it returns ends it and waits for
// what was done.
func (m *measurement) beside(ctx context.Context) func() []result.Event {
	if m.sweep.Beside == nil {
		return func() []result.Event { return nil }
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan []result.Event, 1)
	go func() { done <- m.sweep.Beside(ctx, m.clock.Base()) }()
	return func() []result.Event {
		cancel()
		return <-done
	}
}
