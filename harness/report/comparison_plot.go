package report

import (
	"cmp"
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"

	"github.com/dynbench/dynbench/harness/result"
)

// comparisonPanel is one panel of a comparison's plot.
type comparisonPanel struct {
	title, label, key string
	scale             float64 // from the metric's unit to the label's
	log               bool    // where values differ much
	atLeast           float64 // the least height of the axis
	most              float64 // that the figure can be; 0: no bound
}

func comparisonPanels() []comparisonPanel {
	return []comparisonPanel{
		{"Time to First Token", "Mean Time to First Token (ms)", keyTTFT, 1, true, 0, 0},
		{"Inter-Token Latency", "Mean Inter-Token Latency (ms)", keyITL, 1, false, 0, 0},
		{"Output Token Throughput", "Output Tokens per Second (tokens/s)", keyOutputRate, 1, false, 0, 0},
		{"Prefix Cache Hits", "Cached Prompt Tokens (%)", keyCacheHit, 100, false, 10, 100},
	}
}

// drawComparison is a line with error bars for each arm over the axis that the
// levels differ in, a panel for each metric that any arm has; of a comparison at
// one level the arms stand side by side. It returns the file's name, and nil where
// there is nothing to draw.
func drawComparison(c *result.Comparison) (string, image.Image) {
	runs := armsAsRuns(c)
	a := chooseAxis(runs)
	gs := groups(runs, a, Options{})
	single := len(levelsOf(gs)) == 1
	f := figure{width: 12, height: 9.5, columns: 2, title: c.Name}
	for _, spec := range comparisonPanels() {
		f.add(c, spec, gs, a, single)
	}
	if len(f.panels) == 0 {
		return "", nil
	}
	f.notes = comparisonNotes(c, f)
	return comparisonPlot + a.file + ".png", f.image()
}

// armsAsRuns gives the levels of each arm the form that axes are chosen from.
func armsAsRuns(c *result.Comparison) []*result.Run {
	var runs []*result.Run
	for _, a := range c.Arms {
		r := &result.Run{Name: a.Name}
		for _, l := range c.Levels {
			if _, ok := l.Arm(a.Name); ok {
				r.Levels = append(r.Levels, result.Level{Name: l.Name, Concurrency: l.Concurrency, Axes: l.Axes})
			}
		}
		runs = append(runs, r)
	}
	return runs
}

func levelsOf(gs []group) []float64 {
	var xs []float64
	for _, g := range gs {
		xs = append(xs, g.x...)
	}
	return distinct(xs)
}

// add draws one panel, unless no arm has its metric.
func (f *figure) add(c *result.Comparison, spec comparisonPanel, gs []group, a axis, single bool) {
	var curves []curve
	var names []string
	for i, g := range gs {
		if pts := armPoints(c, g, spec); len(pts) > 0 {
			curves = append(curves, curve{points: pts, look: armLook(i), line: 2, radius: 3.6})
			f.single = f.single || slices.ContainsFunc(pts, func(p point) bool { return p.hollow })
			names = append(names, g.name)
		}
	}
	if len(curves) == 0 {
		return
	}
	f.cut = cutBars(curves, spec.most) || f.cut
	p := newPanel(spec.title, a.label, spec.label)
	if single {
		sideBySide(p, curves, names, c.Levels[0].Name)
	} else {
		xs := levelsOf(gs)
		atLevels(&p.X, xs, a.log, f.panelWidth(2))
		dodge(p, curves, a.log)
	}
	var ys []float64
	for _, v := range curves {
		for _, pt := range v.points {
			ys = append(ys, pt.low, pt.y, pt.high)
		}
	}
	spec.height(p, ys)
	for i, v := range curves {
		p.Add(v)
		if !slices.ContainsFunc(f.legend, func(e entry) bool { return e.text == names[i] }) {
			f.legend = append(f.legend, entry{names[i], v})
		}
	}
	f.panels = append(f.panels, p)
}

// cutBars cuts the bars at what the figure can be, or at twice the highest point, so
// that those of few runs leave the points to be told apart. False: none was cut.
func cutBars(curves []curve, most float64) (cut bool) {
	limit := 0.0
	for _, v := range curves {
		for _, pt := range v.points {
			limit = max(limit, 2*pt.y)
		}
	}
	for _, v := range curves {
		for i := range v.points {
			pt := &v.points[i]
			if most > 0 {
				pt.high = min(pt.high, most)
			} else if pt.high > limit {
				pt.high, pt.cut, cut = limit, true, true
			}
		}
	}
	return cut
}

// height sets the y axis; one that does not begin at 0 says so.
func (spec comparisonPanel) height(p *plot.Plot, ys []float64) {
	if !spec.log {
		fromZero(&p.Y, max(slices.Max(ys), spec.atLeast))
		return
	}
	if fit(&p.Y, ys); p.Y.Min > 0 {
		p.Y.Label.Text += ", log scale"
	}
}

// armPoints are the means over the runs of an arm with their intervals. A single
// run has no interval: its marker is hollow. An interval is drawn down to 0 at
// most, which none of these figures can be below.
func armPoints(c *result.Comparison, g group, spec comparisonPanel) []point {
	var pts []point
	for i, l := range g.levels {
		e, ok := c.Mean(g.run.Name, spec.key, "avg", l.Name)
		if !ok || math.IsNaN(e.Value) {
			continue
		}
		pt := point{x: g.x[i], y: e.Value * spec.scale, hollow: !e.Bounded()}
		pt.low, pt.high = pt.y, pt.y
		if e.Bounded() {
			pt.low, pt.high = max(e.Low*spec.scale, 0), e.High*spec.scale
		}
		pts = append(pts, pt)
	}
	slices.SortFunc(pts, func(a, b point) int { return cmp.Compare(a.x, b.x) })
	return pts
}

// sideBySide sets the arms next to each other where they have one level alone.
func sideBySide(p *plot.Plot, curves []curve, names []string, level string) {
	var ticks plot.ConstantTicks
	named := len(curves) <= 4 && !slices.ContainsFunc(names, func(n string) bool { return len(n) > 16 })
	for i := range curves {
		x := float64(i + 1)
		curves[i].points = slices.Clone(curves[i].points[:1])
		curves[i].points[0].x, curves[i].radius = x, 5
		tick := plot.Tick{Value: x}
		if named { // else the legend does
			tick.Label = names[i]
		}
		ticks = append(ticks, tick)
	}
	p.X.Min, p.X.Max, p.X.Tick.Marker = 0.4, float64(len(curves))+0.6, ticks
	p.X.Label.Text = "Level " + level
}

// dodge moves the arms a little to the sides, so that their error bars do not lie
// on each other.
func dodge(p *plot.Plot, curves []curve, log bool) {
	const step = 0.007 // of the axis
	for i := range curves {
		off := (float64(i) - float64(len(curves)-1)/2) * step
		pts := slices.Clone(curves[i].points)
		for j := range pts {
			if log {
				pts[j].x *= math.Pow(p.X.Max/p.X.Min, off)
			} else {
				pts[j].x += off * (p.X.Max - p.X.Min)
			}
		}
		curves[i].points = pts
	}
}

// armLook tells the arms apart by marker and line style, and by colours that the
// common kinds of colour blindness keep apart.
func armLook(i int) look {
	l := lookOf(i)
	colors := []color.RGBA{
		rgb(0x0072b2), rgb(0xd55e00), rgb(0x009e73), rgb(0xcc79a7), rgb(0xe69f00), rgb(0x56b4e9), rgb(0x000000), rgb(0x882255),
	}
	l.color = colors[i%len(colors)]
	return l
}

func comparisonNotes(c *result.Comparison, f figure) []string {
	runs := 0
	for _, a := range c.Arms {
		runs = max(runs, a.Good)
	}
	notes := []string{fmt.Sprintf("Points are means over up to %d runs of each arm, bars their 95 %% intervals (Student's t).", runs)}
	if f.cut {
		notes = append(notes, "Bars without an end go on beyond twice the highest point.")
	}
	if f.single {
		notes = append(notes, "Hollow markers: one run, no interval.")
	}
	if c.State != result.ComparisonComplete {
		notes = append(notes, "Comparison "+string(c.State)+": "+strings.TrimSuffix(oneLine(c.Reason), ".")+".")
	}
	return notes
}
