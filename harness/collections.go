package harness

import (
	"math"
	"runtime/metrics"

	"github.com/dynbench/dynbench/harness/result"
)

// gcClock holds the pauses for garbage collection up to its start.
type gcClock struct {
	cycles uint64
	pauses []uint64 // by bucket
}

func startGC() gcClock {
	cycles, h := readGC()
	return gcClock{cycles, h.Counts}
}

// fill writes the collections since the start. The runtime keeps pauses in
// buckets: a percentile is the upper bound of its bucket, about 10 % wide. A
// collection has two pauses.
func (c gcClock) fill(l *result.ClientLoad) {
	cycles, h := readGC()
	l.GCCount = int(cycles - c.cycles)
	for i := range c.pauses {
		h.Counts[i] -= c.pauses[i]
	}
	l.GCPauseP99, l.GCPauseMax = 1e3*upper(h, 0.99), 1e3*upper(h, 1)
}

// readGC copies what the runtime counts.
func readGC() (cycles uint64, pauses metrics.Float64Histogram) {
	s := []metrics.Sample{{Name: "/gc/cycles/total:gc-cycles"}, {Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(s)
	if s[0].Value.Kind() == metrics.KindUint64 {
		cycles = s[0].Value.Uint64()
	}
	if s[1].Value.Kind() == metrics.KindFloat64Histogram {
		pauses = *s[1].Value.Float64Histogram()
	}
	return cycles, pauses
}

// upper is the upper bound of the bucket that holds the share p of the counts,
// its lower one where that is infinite; 0 without counts.
func upper(h metrics.Float64Histogram, p float64) float64 {
	var all uint64
	for _, n := range h.Counts {
		all += n
	}
	if all == 0 {
		return 0
	}
	rank, seen := uint64(math.Ceil(p*float64(all))), uint64(0)
	for i, n := range h.Counts {
		if seen += n; seen >= rank {
			if b := h.Buckets[i+1]; !math.IsInf(b, 1) {
				return b
			}
			return h.Buckets[i]
		}
	}
	return 0
}
