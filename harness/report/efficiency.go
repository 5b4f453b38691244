package report

import (
	"image"
	"image/color"
	"slices"
	"strings"

	"gonum.org/v1/plot"

	"github.com/dynbench/dynbench/harness/result"
)

// oldOSL is the output length that the original's efficiency plot assumed for
// every run.
const oldOSL = 200

// drawEfficiency is tokens/sec per GPU over tokens/sec per user, a point for
// each level. Without the GPU count of every run it shows the total.
func drawEfficiency(runs []*result.Run, o Options) (image.Image, error) {
	xValue, yValue := avgOf(keyUserRate), avgOf(keyOutputRate)
	xLabel, yLabel := "Tokens/sec per User", "Tokens/sec per GPU"
	if o.OldEfficiency {
		xValue, yValue = oldUserRate, oldOutputRate
	}
	if allHaveGPUs(runs) {
		yValue = perGPU(yValue)
	} else {
		yLabel = "Tokens/sec total (GPU count unknown)"
	}
	s := pairs(groups(runs, chooseAxis(runs), o), xValue, yValue)
	if s.empty() {
		return nil, nil
	}
	f := scatter(s, "GPU Efficiency vs User Experience", xLabel, yLabel, s.points(), linear)
	f.notes = append([]string{labelNote(runs)}, s.notes(runs)...)
	if o.OldEfficiency {
		f.notes = append(f.notes, "Token rates are request rate times 200, as in the original benchmark, not measured.")
	}
	return f.image(), nil
}

func oldOutputRate(_ *result.Run, l *result.Level) (float64, bool) {
	rate, ok := l.Value(keyRequestRate)
	return rate * oldOSL, ok
}

func oldUserRate(r *result.Run, l *result.Level) (float64, bool) {
	rate, ok := oldOutputRate(r, l)
	c, known := coordinates(l)[concurrency]
	return rate / c, ok && known
}

func allHaveGPUs(runs []*result.Run) bool {
	for _, r := range runs {
		if r.Target.GPUs < 1 {
			return false
		}
	}
	return true
}

func perGPU(v Value) Value {
	return func(r *result.Run, l *result.Level) (float64, bool) {
		y, ok := v(r, l)
		return y / float64(max(r.Target.GPUs, 1)), ok
	}
}

// pairs are the curves of y over x, the points in the order of their levels
// and labelled with them. A bar over repeats would hide its neighbours here,
// so there is none.
func pairs(gs []group, x, y Value) scene {
	var s scene
	for _, g := range gs {
		at := map[float64]float64{}
		for _, p := range g.points(x) {
			at[p.x] = p.y
		}
		var pts []point
		for _, p := range g.points(y) {
			if px, ok := at[p.x]; ok {
				pts = append(pts, point{x: px, y: p.y, hollow: p.hollow, label: p.label})
			}
		}
		if len(pts) > 0 {
			s.curves, s.names = append(s.curves, curve{points: pts, look: g.look}), append(s.names, g.name)
		}
	}
	return s
}

// scatter is the figure of a scene of pairs; labels go to the points of first
// in their order, scale sets an axis to its values.
func scatter(s scene, title, xLabel, yLabel string, first []point, scale func(*plot.Axis, []float64), below ...plot.Plotter) figure {
	f := figure{width: 12, height: 8}
	p := newPanel(title, xLabel, yLabel)
	scale(&p.X, s.xs())
	scale(&p.Y, s.ys())
	p.Add(below...)
	for _, c := range s.curves {
		c.line, c.pale, c.edge = 1, true, color.Black
		p.Add(c)
	}
	for i, c := range s.curves {
		c.radius, c.edge = scatterRadius, color.Black
		p.Add(c)
		c.line, c.pale = 1, true
		f.legend = append(f.legend, entry{s.names[i], c})
	}
	p.Add(labels{points: first, radius: scatterRadius, size: labelSize(len(first))})
	f.panels = append(f.panels, p)
	return f
}

func linear(a *plot.Axis, values []float64) { fromZero(a, slices.Max(values)) }

func labelNote(runs []*result.Run) string {
	return "Numbers beside points are the " + strings.ToLower(chooseAxis(runs).word) + " of the level."
}

// scatterRadius is that of the markers, in points.
const scatterRadius = 5.5

// labelSize is the size of the labels beside so many points.
func labelSize(points int) float64 {
	if points > 40 {
		return 8
	}
	return 10
}
