package report

import (
	"image"
	"slices"
	"strings"

	"github.com/dynbench/dynbench/harness/result"
)

// Plot is one picture of a comparison. Draw gets the runs sorted by name and
// returns nil without an error where they have nothing to show: then no file
// is written.
type Plot struct {
	File string // name in the plots folder, ends in .png
	Draw func(runs []*result.Run, o Options) (image.Image, error)
}

// Lines is a plot of one number over the levels, a line for each benchmark; y
// starts at 0. Where levels differ in something other than the concurrency,
// "concurrency" in file and title gives way to it.
func Lines(file, title, yLabel string, y Value) Plot {
	return Plot{File: file, Draw: func(runs []*result.Run, o Options) (image.Image, error) {
		return drawLines(runs, o, title, yLabel, y, 0), nil
	}}
}

func drawLines(runs []*result.Run, o Options, title, yLabel string, y Value, atLeast float64) image.Image {
	a := chooseAxis(runs)
	f := figure{width: 10, height: 6}
	s := newScene(groups(runs, a, o), y)
	if s.empty() {
		return nil
	}
	p := newPanel(a.retitle(title), a.label, yLabel)
	atLevels(&p.X, s.xs(), a.log, f.panelWidth(1))
	fromZero(&p.Y, max(s.top(), atLeast))
	for _, c := range s.drawn() {
		p.Add(c)
		f.legend = append(f.legend, entry{s.names[len(f.legend)], c})
	}
	f.panels = append(f.panels, p)
	f.notes = s.notes(runs)
	return f.image()
}

// retitle puts the axis's word in the place of "Concurrency".
func (a axis) retitle(title string) string { return strings.Replace(title, "Concurrency", a.word, 1) }

// rename does the same for a file name.
func (a axis) rename(file string) string { return strings.Replace(file, concurrency, a.file, 1) }

// original are the five plots of the original Dynamo benchmark, in the order
// of its summary.
func original() []Plot {
	return []Plot{
		Lines("p50_inter_token_latency_vs_concurrency.png", "P50 Inter-Token Latency vs Concurrency", "P50 Inter-Token Latency (ms)", quantileOf(keyITL, 50)),
		Lines("avg_inter_token_latency_vs_concurrency.png", "Average Inter-Token Latency vs Concurrency", "Average Inter-Token Latency (ms)", avgOf(keyITL)),
		Lines("request_throughput_vs_concurrency.png", "Request Throughput vs Concurrency", "Request Throughput (req/s)", avgOf(keyRequestRate)),
		Lines("avg_time_to_first_token_vs_concurrency.png", "Average Time to First Token vs Concurrency", "Average Time to First Token (ms)", avgOf(keyTTFT)),
		{File: "efficiency_tok_s_gpu_vs_user.png", Draw: drawEfficiency},
	}
}

// further are the plots that the original did not have.
func further() []Plot {
	return []Plot{
		percentiles("ttft_p50_p90_p99_vs_concurrency.png", "Time to First Token vs Concurrency", "Time to First Token (ms)", keyTTFT),
		percentiles("itl_p50_p90_p99_vs_concurrency.png", "Inter-Token Latency vs Concurrency", "Inter-Token Latency (ms)", keyITL),
		{File: "error_rate_vs_concurrency.png", Draw: func(runs []*result.Run, o Options) (image.Image, error) {
			return drawLines(runs, o, "Error Rate vs Concurrency", "Failed Requests (% of those ended)", errorPercent, 1), nil
		}},
		{File: "latency_throughput_frontier.png", Draw: drawFrontier},
	}
}

// scene is the curves of one panel, with the names of those that have points.
type scene struct {
	curves []curve
	names  []string
}

func newScene(gs []group, y Value) scene {
	var s scene
	for _, g := range gs {
		if pts := g.points(y); len(pts) > 0 {
			s.curves = append(s.curves, curve{points: pts, look: g.look})
			s.names = append(s.names, g.name)
		}
	}
	return s
}

func (s scene) empty() bool { return len(s.curves) == 0 }

func (s scene) points() []point {
	var all []point
	for _, c := range s.curves {
		all = append(all, c.points...)
	}
	return all
}

func (s scene) xs() []float64 {
	var xs []float64
	for _, p := range s.points() {
		xs = append(xs, p.x)
	}
	return distinct(xs)
}

func (s scene) ys() []float64 {
	var ys []float64
	for _, p := range s.points() {
		ys = append(ys, p.y)
	}
	return ys
}

// drawn returns the curves with their line width and marker radius: the
// original's for the last one, which lies on top, and a little more for those
// below, so that an edge of them shows where two are the same.
func (s scene) drawn() []curve {
	out := slices.Clone(s.curves)
	radius := 3.0
	if len(s.xs()) > 25 {
		radius = 1.8
	}
	for i := range out {
		below := float64(len(out)-1-i) / float64(max(len(out), 4))
		out[i].line, out[i].radius = 2+0.9*below, radius+1.2*below
	}
	return out
}

func (s scene) top() float64 { return top(s.points()) }

// notes are the footnotes that the points need.
func (s scene) notes(runs []*result.Run) []string {
	var notes []string
	bars, hollow := false, false
	for _, p := range s.points() {
		bars, hollow = bars || p.high > p.low, hollow || p.hollow
	}
	if hollow {
		notes = append(notes, "Hollow markers: level failed, degraded or partial.")
	}
	if bars {
		notes = append(notes, "Points are medians over repeats, bars reach from p25 to p75.")
	}
	return append(notes, runNotes(runs)...)
}
