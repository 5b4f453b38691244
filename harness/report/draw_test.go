package report

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/plot/vg"

	"github.com/dynbench/dynbench/harness/result"
)

func rgbaAt(img image.Image, x, y int) color.RGBA {
	return color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
}

func TestLooksDiffer(t *testing.T) {
	noColor := map[string]int{}
	for i := range maxLooks {
		l := lookOf(i)
		key := fmt.Sprint(l.marker, l.dashes)
		other, found := noColor[key]
		require.False(t, found, "%d looks like %d", i, other)
		noColor[key] = i
	}
	require.Equal(t, lookOf(0), lookOf(maxLooks), "a benchmark beyond the last look starts again")
	colors := palette()
	slices.SortFunc(colors[:], func(a, b color.RGBA) int {
		return int(a.R)<<16 + int(a.G)<<8 + int(a.B) - (int(b.R)<<16 + int(b.G)<<8 + int(b.B))
	})
	require.Len(t, slices.Compact(colors[:]), MaxBenchmarks)
}

func TestRoundTicks(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		top := math.Exp(rng.Float64()*40 - 20)
		ticks := roundTicks(top)
		require.GreaterOrEqual(t, len(ticks), 4, "top %g", top)
		require.LessOrEqual(t, len(ticks), 9, "top %g", top)
		require.Zero(t, ticks[0].Value)
		labels := map[string]bool{}
		for _, tick := range ticks {
			require.LessOrEqual(t, tick.Value, top)
			require.False(t, labels[tick.Label], "label %q twice for top %g", tick.Label, top)
			labels[tick.Label] = true
		}
	}
	var labels []string
	for _, tick := range roundTicks(1.9) {
		labels = append(labels, tick.Label)
	}
	require.Equal(t, []string{"0", "0.25", "0.50", "0.75", "1.00", "1.25", "1.50", "1.75"}, labels)
}

func TestLevelTicksAreTheLevels(t *testing.T) {
	a := newPanel("", "", "").X
	atLevels(&a, []float64{1, 2, 5, 10, 50, 100, 250}, true, 600)
	var labels []string
	for _, tick := range a.Tick.Marker.Ticks(a.Min, a.Max) {
		labels = append(labels, tick.Label)
	}
	require.Equal(t, []string{"1", "2", "5", "10", "50", "100", "250"}, labels)
	require.InDelta(t, 0.5, a.Norm(math.Sqrt(250)), 1e-9, "x is logarithmic")
}

func TestLevelTicksNeverOverlap(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		xs := []float64{}
		for range 1 + rng.IntN(200) {
			xs = append(xs, float64(1+rng.IntN(5000)))
		}
		xs = distinct(xs)
		a := newPanel("", "", "").X
		width := vg.Length(150 + rng.IntN(800))
		atLevels(&a, xs, true, width)
		end := vg.Length(math.Inf(-1))
		ticks := a.Tick.Marker.Ticks(a.Min, a.Max)
		require.Len(t, ticks, len(xs))
		for _, tick := range ticks {
			if tick.Label == "" {
				continue
			}
			half, at := a.Tick.Label.Width(tick.Label)/2, width*vg.Length(a.Norm(tick.Value))
			require.GreaterOrEqual(t, at-half, end, "label %s of %v", tick.Label, xs)
			end = at + half
		}
		require.NotEmpty(t, ticks[len(ticks)-1].Label, "the highest level has its label")
	}
}

func TestPareto(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		var points []point
		for range rng.IntN(40) {
			points = append(points, point{x: float64(rng.IntN(20)), y: float64(rng.IntN(20)), hollow: rng.IntN(5) == 0})
		}
		best := pareto(points)
		beats := func(a, b point) bool { return !a.hollow && a.x >= b.x && a.y <= b.y && (a.x > b.x || a.y < b.y) }
		for _, p := range points {
			on := slices.ContainsFunc(best, func(b point) bool { return b.x == p.x && b.y == p.y })
			beaten := slices.ContainsFunc(points, func(q point) bool { return beats(q, p) })
			require.Equal(t, !beaten, on || p.hollow && !beaten, "%v in %v: %v", p, points, best)
		}
		require.True(t, slices.IsSortedFunc(best, func(a, b point) int { return int(a.x - b.x) }))
	}
}

func TestRepeatsBecomeMedianAndBar(t *testing.T) {
	r := synthetic("a", 1)
	for i, v := range []float64{10, 40, 20, 30} {
		l := level(4, 1)
		l.Repeat = i
		l.Stats[keyRequestRate] = scalar("requests/sec", 1, v)
		r.Levels = append(r.Levels, l)
	}
	r.Levels[2].State = result.LevelDegraded
	pts := groups([]*result.Run{r}, axisOf(concurrency), Options{})[0].points(avgOf(keyRequestRate))
	require.Equal(t, []point{{x: 4, y: 25, low: 17.5, high: 32.5, hollow: true, label: "4"}}, pts)
}

func TestAxisOfOtherSweeps(t *testing.T) {
	rates := []*result.Run{byAxis("a", "rate", 1, 2)}
	require.Equal(t, axis{"rate", "Request Rate (req/s)", "Request Rate", "request_rate", true}, chooseAxis(rates))
	prefix := []*result.Run{byAxis("a", "prefix_ratio", 0, 0.5)}
	a := chooseAxis(prefix)
	require.Equal(t, axis{"prefix_ratio", "Prefix Ratio", "Prefix Ratio", "prefix_ratio", false}, a)
	require.Equal(t, "P50 X vs Prefix Ratio", a.retitle("P50 X vs Concurrency"))
	require.Equal(t, concurrency, chooseAxis([]*result.Run{synthetic("a", 1)}).key)

	both := byAxis("a", "prefix_ratio", 0, 0, 0.5, 0.5)
	for i := range both.Levels {
		both.Levels[i].Concurrency = 10 * (1 + i%2)
	}
	gs := groups([]*result.Run{both}, chooseAxis([]*result.Run{both}), Options{})
	require.Len(t, gs, 2)
	require.Equal(t, "a prefix_ratio=0", gs[0].name)
	require.Equal(t, []float64{10, 20}, gs[1].x)
}
