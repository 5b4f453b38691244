package router

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/router"
)

// The modes that are held against each other.
const (
	spread = router.Mode("round-robin")
	byKV   = router.Mode("kv")
	// by which worker was sent which prefix
	byHistory = router.Mode("kv-approx")
)

// TestPrefixRatio holds routing by prefix against round-robin, in turns on cold
// caches, over the share of the prompt that requests have in common.
func TestPrefixRatio(t *testing.T) {
	w := workloadFor(t)
	report := router.Run(t, w.PrefixRatio)
	kv, rr := report.Arm(w.byPrefix), report.Arm(spread)
	high := w.Ratios[len(w.Ratios)-1]

	t.Run("it pays at a high ratio", func(t *testing.T) {
		ratio, ok := report.Ratio(w.byPrefix, metric.TTFT.Def().Key, "avg", high)
		require.True(t, ok)
		t.Logf("TTFT at %g: %.3f of round-robin's, %.3f to %.3f", high, ratio.Value, ratio.Low, ratio.High)
		require.Greater(t, float64(kv.Point(high).HitRate-rr.Point(high).HitRate), w.gains)
		if !testing.Short() { // then the machine may be busy with other tests
			require.Less(t, min(ratio.Value, ratio.Low), w.pays)
		}
	})
	t.Run("hits are those that caches can give", func(t *testing.T) {
		for _, at := range w.Ratios {
			k, r := kv.Point(at), rr.Point(at)
			require.InDelta(t, r.Oracle.Spread, float64(r.HitRate), w.near, "round-robin at %g", at)
			require.Greater(t, float64(k.HitRate), w.affine*k.Oracle.Affinity, "kv at %g", at)
			require.Less(t, float64(k.HitRate), k.Oracle.Affinity+w.near, "kv at %g", at)
		}
	})
	t.Run("it costs nothing without reuse", func(t *testing.T) {
		ratio, ok := report.ControlRatio(w.byPrefix, metric.TTFT.Def().Key, "avg")
		require.True(t, ok)
		t.Logf("TTFT without reuse: %.3f of round-robin's, %.3f to %.3f", ratio.Value, ratio.Low, ratio.High)
		if !testing.Short() {
			require.Less(t, min(ratio.Value, ratio.Low), 1+w.costs)
		}
		require.Less(t, float64(kv.Control.HitRate), w.cold)
	})
	t.Run("all workers take part", func(t *testing.T) {
		for _, arm := range report.Arms {
			for _, p := range arm.Points {
				require.Equal(t, w.Bed.Engines, p.Workers, "%s at %g", arm.Name, p.Ratio)
				require.Less(t, float64(p.Balance), w.uneven, "%s at %g", arm.Name, p.Ratio)
			}
		}
	})
	t.Run("choosing takes no time", func(t *testing.T) {
		if !kv.Overhead.Known() {
			t.Skip("this router does not tell what its choices take")
		}
		t.Logf("%.3f ms a choice", float64(kv.Overhead))
		if !testing.Short() {
			require.Less(t, float64(kv.Overhead), w.overhead)
		}
	})
	t.Run("nothing failed", func(t *testing.T) {
		for _, arm := range report.Arms {
			for _, p := range append(arm.Points, *arm.Control) {
				require.Zero(t, p.Failures, "%s at %g", arm.Name, p.Ratio)
			}
		}
	})
}
