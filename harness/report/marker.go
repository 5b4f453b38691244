package report

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// marker is a closed outline around the origin for a radius of 1; nil is a
// circle. Every marker has a face, so that it can be drawn hollow.
type marker []vg.Point

// markers lists twelve shapes, those next to each other in the list the least alike.
func markers() [MaxBenchmarks]marker {
	return [MaxBenchmarks]marker{
		nil,
		polygon(4, 1, 1.2, 45),
		polygon(3, 1, 1.25, 90),
		polygon(4, 1, 1.25, 90),
		polygon(3, 1, 1.25, -90),
		cross(1.25, 45),
		polygon(3, 1, 1.25, 180),
		polygon(5, 0.42, 1.4, 90),
		cross(1.2, 0),
		polygon(3, 1, 1.25, 0),
		polygon(4, 0.38, 1.45, 90),
		hourglass(1.05),
	}
}

// polygon is a regular polygon of n corners at radius r, the first at the angle
// deg; waist < 1 pulls the middle of each edge in, which makes a star.
func polygon(n int, waist, r, deg float64) marker {
	m := make(marker, 0, 2*n)
	for i := range 2 * n {
		radius := r
		if i%2 == 1 {
			if waist == 1 {
				continue
			}
			radius = r * waist
		}
		m = append(m, polar(radius, deg+float64(i)*180/float64(n)))
	}
	return m
}

// cross is a thick plus sign turned by deg.
func cross(r, deg float64) marker {
	const arm = 0.36
	var m marker
	for i := range 4 {
		a := deg + float64(i)*90
		tip := math.Atan2(arm, 1) * 180 / math.Pi
		m = append(m, polar(r*math.Hypot(1, arm), a-tip), polar(r*math.Hypot(1, arm), a+tip), polar(r*arm*math.Sqrt2, a+45))
	}
	return m
}

func hourglass(r float64) marker {
	l := vg.Length(r)
	return marker{{X: -l, Y: l}, {X: l, Y: l}, {X: -l, Y: -l}, {X: l, Y: -l}}
}

func polar(r, deg float64) vg.Point {
	sin, cos := math.Sincos(deg * math.Pi / 180)
	return vg.Point{X: vg.Length(r * cos), Y: vg.Length(r * sin)}
}

// draw puts the marker at pt.
func (m marker) draw(c *draw.Canvas, pt vg.Point, radius vg.Length, face color.Color, edge draw.LineStyle) {
	var p vg.Path
	if m == nil {
		p.Move(vg.Point{X: pt.X + radius, Y: pt.Y})
		p.Arc(pt, radius, 0, 2*math.Pi)
	}
	for i, u := range m {
		at := vg.Point{X: pt.X + radius*u.X, Y: pt.Y + radius*u.Y}
		if i == 0 {
			p.Move(at)
		} else {
			p.Line(at)
		}
	}
	p.Close()
	c.SetColor(face)
	c.Fill(p)
	if edge.Width > 0 {
		c.SetLineStyle(edge)
		c.Stroke(p)
	}
}
