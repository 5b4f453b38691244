package report

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// point is one level of one benchmark.
type point struct {
	x, y      float64
	low, high float64 // p25 and p75 over repeats; equal without repeats
	cut       bool    // the bar goes on above high, so that it has no end there
	hollow    bool    // the level failed or is degraded
	label     string  // the level's number, drawn by labels alone
}

// curve draws the points of one benchmark, joined in their order.
type curve struct {
	points []point
	look   look
	line   float64 // line width in points; 0: no line
	radius float64 // marker radius in points; 0: no markers
	edge   color.Color
	pale   bool // a line that only guides the eye
}

func (v curve) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at := make([]vg.Point, len(v.points))
	for i, pt := range v.points {
		at[i] = vg.Point{X: x(pt.x), Y: y(pt.y)}
	}
	if v.line > 0 && len(at) > 1 {
		c.StrokeLines(v.lineStyle(), at)
	}
	for _, pt := range v.points {
		if pt.high > pt.low {
			errorBar(c, v.look.color, x(pt.x), y(pt.low), y(pt.high), pt.cut)
		}
	}
	if v.radius > 0 {
		for i, pt := range v.points {
			v.mark(&c, at[i], pt.hollow)
		}
	}
}

func (v curve) lineStyle() draw.LineStyle {
	s := draw.LineStyle{Color: v.look.color, Width: vg.Points(v.line), Dashes: v.look.dashes}
	if v.pale {
		s.Color = faded(v.look.color, 0.45)
	}
	return s
}

func (v curve) mark(c *draw.Canvas, at vg.Point, hollow bool) {
	edge := draw.LineStyle{Color: v.look.color, Width: vg.Points(1.5)}
	if v.edge != nil && !hollow {
		edge.Color, edge.Width = v.edge, vg.Points(0.9)
	}
	face := color.Color(v.look.color)
	if hollow {
		face = color.White
	}
	v.look.marker.draw(c, at, vg.Points(v.radius), face, edge)
}

// errorBar draws a bar with an end below and, unless it is cut, above.
func errorBar(c draw.Canvas, col color.Color, x, low, high vg.Length, cut bool) {
	s := draw.LineStyle{Color: col, Width: vg.Points(1)}
	arm := vg.Points(3.5)
	c.StrokeLine2(s, x, low, x, high)
	c.StrokeLine2(s, x-arm, low, x+arm, low)
	if !cut {
		c.StrokeLine2(s, x-arm, high, x+arm, high)
	}
}

// top is the highest y that the points reach, bars included.
func top(points []point) float64 {
	highest := 0.0
	for _, p := range points {
		highest = max(highest, p.y, p.high)
	}
	return highest
}
