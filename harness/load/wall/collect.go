package wall

import (
	"context"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	"github.com/dynbench/dynbench/harness/record"
)

// recordsWaiting bounds the records between the slots and the sinks.
const recordsWaiting = 4096

// textWaiting bounds the bytes of the answers among them whose tokens are still to
// be counted.
const textWaiting = 64 << 20

// collector takes records from all slots to the sinks, in one goroutine, which
// counts the tokens of those that have to be counted.
type collector struct {
	in     chan record.Record
	text   *semaphore.Weighted // bytes of textWaiting
	waits  atomic.Int64
	done   chan struct{}
	window record.Window
	err    error
}

// collect starts a collector. count takes the text off each record that has some;
// fail is told the first error of a sink.
func collect(sinks []record.Sink, count func(*record.Record), fail func(error)) *collector {
	sinks = slices.Clone(sinks) // those that fail are left out
	c := &collector{in: make(chan record.Record, recordsWaiting), text: semaphore.NewWeighted(textWaiting), done: make(chan struct{})}
	go func() {
		defer close(c.done)
		for rec := range c.in {
			if n := textOf(&rec); n > 0 {
				count(&rec)
				c.text.Release(n)
			}
			c.extend(&rec)
			for i, s := range sinks {
				if s == nil {
					continue
				}
				if err := s.Put(rec); err != nil {
					sinks[i] = nil // the others keep what is still in flight
					if c.err == nil {
						c.err = err
						fail(err)
					}
				}
			}
		}
	}()
	return c
}

// put never loses a record: a slot that has to wait for the sinks is counted,
// since it sends late then.
func (c *collector) put(rec record.Record) {
	n := textOf(&rec)
	room := n == 0 || c.text.TryAcquire(n)
	if !room {
		c.waits.Add(1)
		_ = c.text.Acquire(context.Background(), n) // never more than there is
	}
	select {
	case c.in <- rec:
	default:
		if room {
			c.waits.Add(1)
		}
		c.in <- rec
	}
}

// textOf is what a record takes of textWaiting.
func textOf(rec *record.Record) int64 { return int64(min(rec.Said.Size(), textWaiting)) }

// extend widens the window by a measured request.
func (c *collector) extend(rec *record.Record) {
	if rec.Phase != record.Measured || rec.Sent == 0 {
		return
	}
	if c.window.Start == 0 || rec.Sent < c.window.Start {
		c.window.Start = rec.Sent
	}
	c.window.End = max(c.window.End, rec.End)
}

// close waits until all records are in the sinks.
func (c *collector) close() (record.Window, error) {
	close(c.in)
	<-c.done
	c.window.WriterWaits = int(c.waits.Load())
	return c.window, c.err
}
