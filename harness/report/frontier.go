package report

import (
	"cmp"
	"image"
	"image/color"
	"slices"

	"github.com/dynbench/dynbench/harness/result"
)

// drawFrontier is p50 TTFT over output tokens/sec. Levels that no other level
// of any benchmark beats in both are joined: the frontier. Runs without TTFT
// (no streaming) show the request latency.
func drawFrontier(runs []*result.Run, o Options) (image.Image, error) {
	x, xLabel := avgOf(keyOutputRate), "Output Tokens/sec total"
	if allHaveGPUs(runs) {
		x, xLabel = perGPU(x), "Output Tokens/sec per GPU"
	}
	gs := groups(runs, chooseAxis(runs), o)
	s, yLabel := pairs(gs, x, quantileOf(keyTTFT, 50)), "P50 Time to First Token (ms)"
	if s.empty() {
		s, yLabel = pairs(gs, x, quantileOf(keyLatency, 50)), "P50 Request Latency (ms)"
	}
	if s.empty() {
		return nil, nil
	}
	best := pareto(s.points())
	line := curve{points: best, line: 5, look: look{color: color.RGBA{R: 0xd0, G: 0xd0, B: 0xd0, A: 0xff}}}
	order := append(slices.Clone(best), s.points()...)
	f := scatter(s, "Latency and Throughput: Pareto Frontier", xLabel, yLabel, dropSame(order), fit, line)
	f.legend = append(f.legend, entry{"Pareto frontier (lower right is better)", line})
	f.notes = append([]string{labelNote(runs)}, s.notes(runs)...)
	return f.image(), nil
}

// pareto returns the points that no other beats: none has at least their x and
// at most their y. Hollow points cannot be on it. It ascends in x.
func pareto(points []point) []point {
	whole := slices.DeleteFunc(slices.Clone(points), func(p point) bool { return p.hollow })
	slices.SortFunc(whole, func(a, b point) int { return cmp.Or(cmp.Compare(b.x, a.x), cmp.Compare(a.y, b.y)) })
	var best []point
	for _, p := range whole {
		if len(best) == 0 || p.y < best[len(best)-1].y {
			best = append(best, p)
		}
	}
	slices.Reverse(best)
	return best
}

func dropSame(points []point) []point {
	seen := map[point]bool{}
	return slices.DeleteFunc(points, func(p point) bool {
		was := seen[p]
		seen[p] = true
		return was
	})
}
