package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// Drawing is a picture of lines over numbers that are no levels of a run: for
// those who compare what they read from files of their own. Panels stand beside
// each other over one legend.
type Drawing struct {
	Width, Height float64 // inches; 0: 12 and 5
	Title         string  // above several panels
	Panels        []Panel
	Notes         []string // below everything
}

// Panel is one panel of a Drawing; its y axis starts at 0.
type Panel struct {
	Title, X, Y string
	Lines       []Line
}

// Line is one line of a Panel. Lines of one Name, in whichever panel, share an
// entry of the legend, which has none for "".
type Line struct {
	Name   string
	Look   int  // 0 to 47: colour, marker and dashes
	Solid  bool // without the dashes
	Dotted bool // with dots in their place: of what was not measured
	Points []LinePoint
}

// LinePoint is a point with the interval around it: none where Low equals High
// or an end is not finite, and cut at twice the highest point of the panel, without
// an end there, so that those of a few runs leave the lines to be seen. Label is written beside the point.
type LinePoint struct {
	X, Y, Low, High float64
	Label           string
}

// Looks of lines by the colour that they have.
const (
	BlueLook = 0
	RedLook  = 3
)

// PNG draws the picture. Points whose X or Y is not finite are left out;
// ErrNothing is the error of a drawing without any.
func (d Drawing) PNG() ([]byte, error) {
	if d.Width == 0 || d.Height == 0 {
		d.Width, d.Height = 12, 5
	}
	f := figure{width: d.Width, height: d.Height, title: d.Title, notes: d.Notes}
	var named []string
	any := false
	for _, panel := range d.Panels {
		p, curves := panel.draw(f.panelWidth(len(d.Panels)))
		f.panels = append(f.panels, p)
		for i, c := range curves {
			any = any || len(c.points) > 0
			if name := panel.Lines[i].Name; name != "" && len(c.points) > 0 && !slices.Contains(named, name) {
				named = append(named, name)
				f.legend = append(f.legend, entry{name, c})
			}
		}
	}
	if !any {
		return nil, ErrNothing
	}
	return encode(f.image())
}

func (n Panel) draw(width vg.Length) (*plot.Plot, []curve) {
	p := newPanel(n.Title, n.X, n.Y)
	var xs []float64
	highest, limit := 0.0, 2*n.top()
	curves := make([]curve, len(n.Lines))
	var labelled []point
	for i, l := range n.Lines {
		c := curve{points: l.points(limit), look: lookOf(l.Look % maxLooks), line: 2, radius: 3.5}
		if l.Name != "" {
			c.look = armLook(l.Look % maxLooks)
		}
		if l.Solid {
			c.look.dashes = nil
		}
		if l.Dotted {
			c.look.dashes = dashes(dotted)
		}
		for _, pt := range c.points {
			xs = append(xs, pt.x)
			if pt.label != "" {
				labelled = append(labelled, pt)
			}
		}
		highest = max(highest, top(c.points))
		curves[i] = c
	}
	if len(xs) == 0 {
		xs = []float64{0, 1}
	}
	n.place(p, curves, distinct(xs), width)
	for _, c := range curves {
		p.Add(c)
	}
	fromZero(&p.Y, highest)
	if len(labelled) > 0 {
		p.Add(labels{points: labelled, radius: 3.5, size: 8})
	}
	return p, curves
}

// place sets the x axis. Lines at one value of it stand side by side, those at
// several a little apart, so that no bar hides another.
func (n Panel) place(p *plot.Plot, curves []curve, xs []float64, width vg.Length) {
	atLevels(&p.X, xs, false, width)
	var with []int
	for i, c := range curves {
		if len(c.points) > 0 {
			with = append(with, i)
		}
	}
	if len(with) < 2 {
		return
	}
	if len(xs) > 1 {
		dodge(p, curves, false)
		return
	}
	var ticks plot.ConstantTicks
	for k, i := range with {
		curves[i].points = slices.Clone(curves[i].points)
		for j := range curves[i].points {
			curves[i].points[j].x = float64(k + 1)
		}
		ticks = append(ticks, plot.Tick{Value: float64(k + 1)})
	}
	p.X.Min, p.X.Max, p.X.Tick.Marker = 0.4, float64(len(with))+0.6, ticks
	p.X.Label.Text = fmt.Sprintf("%s %g", n.X, xs[0])
}

// top is the highest point of all lines.
func (n Panel) top() float64 {
	highest := 0.0
	for _, l := range n.Lines {
		for _, p := range l.Points {
			if finite(p.X) && finite(p.Y) {
				highest = max(highest, p.Y)
			}
		}
	}
	return highest
}

// points are those that can be drawn, ascending in x, their bars cut at limit.
func (l Line) points(limit float64) []point {
	var out []point
	for _, p := range l.Points {
		if !finite(p.X) || !finite(p.Y) {
			continue
		}
		pt := point{x: p.X, y: p.Y, low: p.Y, high: p.Y, label: p.Label}
		if finite(p.Low) && finite(p.High) && p.Low < p.High {
			pt.low, pt.high, pt.cut = max(p.Low, 0), min(p.High, limit), p.High > limit
		}
		out = append(out, pt)
	}
	slices.SortFunc(out, func(a, b point) int { return cmp.Compare(a.x, b.x) })
	return out
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
