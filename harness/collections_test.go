package harness

import (
	"math"
	"runtime"
	"runtime/metrics"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/result"
)

func TestCollectionsAreCounted(t *testing.T) {
	c := startGC()
	for range 3 {
		runtime.GC()
	}
	var l result.ClientLoad
	c.fill(&l)
	require.GreaterOrEqual(t, l.GCCount, 3)
	require.Positive(t, l.GCPauseP99)
	require.GreaterOrEqual(t, l.GCPauseMax, l.GCPauseP99)
	require.Less(t, l.GCPauseMax, 10_000.0, "ms, not ns")
}

func TestUpperBound(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		counts  []uint64
		p, want float64
	}{
		{[]uint64{0, 0, 0}, 1, 0},
		{[]uint64{99, 1, 0}, 0.99, 1},
		{[]uint64{99, 1, 0}, 1, 2},
		{[]uint64{98, 2, 0}, 0.99, 2},
		{[]uint64{1, 0, 1}, 1, 2}, // the last bucket has no end
	} {
		require.InDelta(t, c.want, upper(metrics.Float64Histogram{Counts: c.counts, Buckets: []float64{0, 1, 2, inf}}, c.p), 0)
	}
}

func TestClockWarning(t *testing.T) {
	require.Empty(t, clockWarning(0))
	require.Contains(t, clockWarning(2)[0], "set 2 times")
}
