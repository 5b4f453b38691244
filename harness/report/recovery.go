package report

import (
	"math"
	"time"
)

// Recovery is how the hit rate came back after an event.
type Recovery struct {
	Event  TimeEvent
	Before float64 // hit rate of the bins between the event before it, or the start, and it: the last four of them
	Lowest float64 // of the bins after it, until the next event or the end
	// After is from the event to the end of the last bin, before the next event,
	// whose hit rate was below share times Before; 0: none was.
	After time.Duration
	// Recovered says that a bin followed that was not below.
	Recovered bool
}

// Recoveries are those after each event, for a share of the hit rate before it,
// such as 0.9. Events with no bin before or after them have none.
func (t Timeline) Recoveries(share float64) []Recovery {
	var out []Recovery
	for i, e := range t.Events {
		from, until := time.Duration(0), time.Duration(math.MaxInt64)
		if i > 0 {
			from = t.Events[i-1].Done
		}
		if i+1 < len(t.Events) {
			until = t.Events[i+1].At
		}
		if r, ok := t.recovery(e, from, until, share); ok {
			out = append(out, r)
		}
	}
	return out
}

func (t Timeline) recovery(e TimeEvent, from, until time.Duration, share float64) (Recovery, bool) {
	before := t.whole(from, e.At)
	after := t.whole(e.At-e.At%t.Bin, until)
	if len(before) == 0 || len(after) == 0 {
		return Recovery{}, false
	}
	r := Recovery{Event: e, Before: pooled(before[max(0, len(before)-4):]), Lowest: 1, Recovered: true}
	for _, b := range after {
		rate, _ := b.HitRate()
		r.Lowest = min(r.Lowest, rate)
		if r.Recovered = rate >= share*r.Before; !r.Recovered {
			r.After = b.Start + t.Bin - e.At
		}
	}
	return r, true
}

// whole are the bins with a hit rate that lie between from and to; the last bin
// of the level, which is cut off, is not among them.
func (t Timeline) whole(from, to time.Duration) []TimeBin {
	var out []TimeBin
	for _, b := range t.Bins[:max(0, len(t.Bins)-1)] {
		if _, ok := b.HitRate(); ok && b.Start >= from && b.Start+t.Bin <= to {
			out = append(out, b)
		}
	}
	return out
}

func pooled(bins []TimeBin) float64 {
	var all TimeBin
	for _, b := range bins {
		all.Input, all.Cached = all.Input+b.Input, all.Cached+b.Cached
	}
	rate, _ := all.HitRate()
	return rate
}
