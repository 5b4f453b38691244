package router

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
)

func TestTimes(t *testing.T) {
	for want, c := range map[string]struct {
		e      result.Estimate
		better metric.Direction
	}{
		"x0.812 (0.782 to 0.844): 16 to 22 % lower, better":    {result.Estimate{Value: 0.812, Low: 0.782, High: 0.844, N: 5}, metric.LowerIsBetter},
		"x0.812 (0.782 to 0.844): 16 to 22 % lower, worse":     {result.Estimate{Value: 0.812, Low: 0.782, High: 0.844, N: 5}, metric.HigherIsBetter},
		"x1.200 (1.100 to 1.300): 10 to 30 % higher, worse":    {result.Estimate{Value: 1.2, Low: 1.1, High: 1.3, N: 5}, metric.LowerIsBetter},
		"x1.200 (1.100 to 1.300): 10 to 30 % higher, better":   {result.Estimate{Value: 1.2, Low: 1.1, High: 1.3, N: 5}, metric.HigherIsBetter},
		"x0.980 (0.900 to 1.060): no difference shown":         {result.Estimate{Value: 0.98, Low: 0.9, High: 1.06, N: 5}, metric.LowerIsBetter},
		"x0.588 (under 0.01 to over 100): no difference shown": {result.Estimate{Value: 0.588, Low: 2e-10, High: 1.7e9, N: 2}, metric.LowerIsBetter},
		"x1.009": {result.Estimate{Value: 1.009, Low: math.Inf(-1), High: math.Inf(1), N: 1}, metric.LowerIsBetter},
	} {
		require.Equal(t, want, times(c.e, c.better))
	}
}

// A mean of latencies is not below 0, nor a share above 1, however few runs it has.
func TestIntervalsStayWhereFiguresCanBe(t *testing.T) {
	wide := result.Estimate{Value: 0.5, Low: -3, High: 4, N: 2}
	require.Equal(t, result.Estimate{Value: 0.5, Low: 0, High: 1, N: 2}, bounded(wide, 1))
	require.Equal(t, result.Estimate{Value: 0.5, Low: 0, High: 4, N: 2}, bounded(wide, math.Inf(1)))
	require.Equal(t, "x0.59 (0.00 to over 100)", against(result.Estimate{Value: 0.588, Low: 2e-10, High: 1.7e9, N: 2}))
	require.Equal(t, "x0.59 (0.50 to 0.70)", against(result.Estimate{Value: 0.59, Low: 0.5, High: 0.7, N: 2}))
}

func TestAPrefixThatFillsNoBlockIsSaid(t *testing.T) {
	p := small("kv")
	p.Ratios, p.ISL, p.Bed.Engine.BlockSize = []float64{0.5}, 64, 64
	r, err := p.Run(t.Context(), t.TempDir())
	require.ErrorIs(t, err, ErrCheck)
	require.Contains(t, r.Arm("kv").Void, "the longest prefix, 32 tokens, fills no KV block of 64")
	p.ISL = 200
	require.Empty(t, p.withDefaults().shortPrefix())
}
