package report

import (
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// labels writes the label of each point beside it, at the first of some places
// where it touches neither a point nor another label, and leaves it out where
// there is no such place. Earlier points get their place first.
type labels struct {
	points []point
	radius float64 // of the markers, in points
	size   float64 // of the text, in points
}

func (l labels) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	style := bold(textStyle(l.size))
	taken := make([]vg.Rectangle, 0, 2*len(l.points))
	for _, pt := range l.points {
		r := vg.Points(l.radius)
		taken = append(taken, box(x(pt.x)-r, y(pt.y)-r, 2*r, 2*r))
	}
	for _, pt := range l.points {
		at := vg.Point{X: x(pt.x), Y: y(pt.y)}
		for _, place := range l.places(style, at, pt.label) {
			if !inside(place, c.Rectangle) || slices.ContainsFunc(taken, func(r vg.Rectangle) bool { return touch(r, place) }) {
				continue
			}
			taken = append(taken, place)
			c.FillText(style, vg.Point{X: place.Min.X, Y: place.Min.Y}, pt.label)
			break
		}
	}
}

// places lists where a label may stand; the first is the original's place,
// 8 points right and up.
func (l labels) places(style text.Style, at vg.Point, label string) []vg.Rectangle {
	w, h := style.Width(label), vg.Points(l.size)*0.75
	var all []vg.Rectangle
	for _, d := range []vg.Length{vg.Points(l.radius + 1), vg.Points(l.radius + 7)} {
		left, right, low, high := at.X-d-w, at.X+d, at.Y-d-h, at.Y+d
		all = append(all,
			box(right, high, w, h), box(right, low, w, h), box(left, high, w, h), box(left, low, w, h),
			box(at.X-w/2, high+1, w, h), box(at.X-w/2, low-1, w, h), box(right+1, at.Y-h/2, w, h), box(left-1, at.Y-h/2, w, h))
	}
	return all
}

func box(x, y, w, h vg.Length) vg.Rectangle {
	return vg.Rectangle{Min: vg.Point{X: x, Y: y}, Max: vg.Point{X: x + w, Y: y + h}}
}

func touch(a, b vg.Rectangle) bool {
	return a.Min.X < b.Max.X && b.Min.X < a.Max.X && a.Min.Y < b.Max.Y && b.Min.Y < a.Max.Y
}

func inside(a, in vg.Rectangle) bool {
	return a.Min.X >= in.Min.X && a.Max.X <= in.Max.X && a.Min.Y >= in.Min.Y && a.Max.Y <= in.Max.Y
}
