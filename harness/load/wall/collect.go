package wall

import (
	"slices"
	"sync/atomic"

	"github.com/dynbench/dynbench/harness/record"
)

// recordsWaiting bounds the records between the slots and the sinks.
const recordsWaiting = 4096

// collector takes records from all slots to the sinks, in one goroutine.
type collector struct {
	in     chan record.Record
	waits  atomic.Int64
	done   chan struct{}
	window record.Window
	err    error
}

// collect starts a collector; fail is told the first error of a sink.
func collect(sinks []record.Sink, fail func(error)) *collector {
	sinks = slices.Clone(sinks) // those that fail are left out
	c := &collector{in: make(chan record.Record, recordsWaiting), done: make(chan struct{})}
	go func() {
		defer close(c.done)
		for rec := range c.in {
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
	select {
	case c.in <- rec:
	default:
		c.waits.Add(1)
		c.in <- rec
	}
}

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
