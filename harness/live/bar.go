package live

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"

	"github.com/dynbench/dynbench/harness/record"
)

// Bar shows one level. It is a record.Sink; Sent and Put take a few atomic
// adds, and nothing is computed before the next refresh. All methods are safe
// for concurrent use, on a nil Bar too.
type Bar struct {
	name        string
	concurrency int
	planned     int
	limit       time.Duration
	began       time.Time
	view        *View
	once        sync.Once
	stop        chan struct{} // closed by Done, where lines are written
	stopped     chan struct{} // closed when the writer of lines has ended
	drawn       *mpb.Bar      // on a terminal

	sent     atomic.Int64 // warm-up included
	ended    atomic.Int64 // warm-up included
	measured atomic.Int64
	failed   atomic.Int64
	first    atomic.Int64 // send of the first measured request, ns; 0: none yet
	last     atomic.Int64 // end of the last measured one, ns
	ttft     histogram
}

// Sent counts a request that is sent, so that those in flight can be shown.
func (b *Bar) Sent() {
	if b != nil {
		b.sent.Add(1)
	}
}

// Put counts a request that ended. The error is always nil.
func (b *Bar) Put(r record.Record) error {
	if b == nil {
		return nil
	}
	b.ended.Add(1)
	if r.Phase == record.Warmup {
		return nil
	}
	b.measured.Add(1)
	if r.Outcome.Failed() {
		b.failed.Add(1)
	}
	replace(&b.first, r.Sent, func(old int64) bool { return old == 0 || r.Sent < old })
	replace(&b.last, r.End, func(old int64) bool { return r.End > old })
	if r.OK() && r.FirstToken > r.Sent {
		b.ttft.add(r.FirstToken - r.Sent)
	}
	return nil
}

// replace stores v if it is better than what is there.
func replace(a *atomic.Int64, v int64, better func(old int64) bool) {
	for old := a.Load(); better(old); old = a.Load() {
		if a.CompareAndSwap(old, v) {
			return
		}
	}
}

// Done ends the bar: it vanishes, and one line stays with the state ("ok",
// "failed") and the summary, or with what was counted if the summary is empty.
// Only the first call does anything.
func (b *Bar) Done(state, summary string) {
	if b != nil {
		b.once.Do(func() { b.view.end(b, b.finalLine(state, summary)) })
	}
}

// histogram counts times in the layout of record.Gaps: a quantile is at most
// 0.4 % off, and its memory is fixed.
type histogram [1 << 13]atomic.Uint32

func (h *histogram) add(ns int64) { h[min(int(record.BucketOf(ns)), len(h)-1)].Add(1) }

// median is the middle of the bucket that holds the median; false without data.
func (h *histogram) median() (time.Duration, bool) {
	total := uint64(0)
	var counts [1 << 13]uint32
	for i := range h {
		counts[i] = h[i].Load()
		total += uint64(counts[i])
	}
	seen := uint64(0)
	for i, n := range counts {
		if seen += uint64(n); n > 0 && 2*seen >= total {
			low, high := record.BucketBounds(uint16(i))
			return time.Duration(low + (high-low)/2), true
		}
	}
	return 0, false
}
