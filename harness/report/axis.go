package report

import (
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Text sizes in points, as the original's.
const (
	titleText = 14
	axisText  = 12
	tickText  = 10
)

// newPanel returns a plot with the report's fonts and frame, without data.
func newPanel(title, xLabel, yLabel string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, xLabel, yLabel
	p.Title.TextStyle = bold(textStyle(titleText))
	p.Title.TextStyle.XAlign, p.Title.TextStyle.YAlign = draw.XCenter, draw.YTop
	p.Title.Padding = vg.Points(8)
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Tick.Label.Font = textStyle(tickText).Font
		a.Tick.Length = vg.Points(4)
		a.LineStyle.Width, a.Tick.LineStyle.Width = vg.Points(0.8), vg.Points(0.8)
		a.Padding = 0
	}
	p.Add(frame{})
	return p
}

func textStyle(points float64) text.Style {
	return text.Style{
		Color:   color.Black,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Points(points)},
		Handler: plot.DefaultTextHandler,
	}
}

func bold(s text.Style) text.Style {
	s.Font.Weight = 3 // font.WeightBold of golang.org/x/image
	return s
}

func italic(s text.Style) text.Style {
	s.Font.Style = 1 // font.StyleItalic of golang.org/x/image
	return s
}

// frame draws the grid at the labelled ticks and closes the box.
type frame struct{}

func (frame) Plot(c draw.Canvas, p *plot.Plot) {
	grid := draw.LineStyle{Color: color.Gray{Y: 0xdd}, Width: vg.Points(0.6)}
	x, y := p.Transforms(&c)
	for _, t := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
		if at := x(t.Value); c.ContainsX(at) && !t.IsMinor() {
			c.StrokeLine2(grid, at, c.Min.Y, at, c.Max.Y)
		}
	}
	for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		if at := y(t.Value); c.ContainsY(at) && !t.IsMinor() {
			c.StrokeLine2(grid, c.Min.X, at, c.Max.X, at)
		}
	}
	box := draw.LineStyle{Color: color.Gray{Y: 0x99}, Width: vg.Points(0.6)}
	c.StrokeLines(box, []vg.Point{{X: c.Min.X, Y: c.Max.Y}, c.Max, {X: c.Max.X, Y: c.Min.Y}})
}

// fromZero sets a linear axis from 0 to a little above top, in round steps.
func fromZero(a *plot.Axis, top float64) {
	if !(top > 0) || math.IsInf(top, 0) {
		top = 1
	}
	a.Min, a.Max = 0, top*1.08
	a.Tick.Marker = plot.ConstantTicks(roundTicks(a.Max))
}

// fit is fromZero, or a log scale where the values, all above 0, differ by more
// than a factor of twenty.
func fit(a *plot.Axis, values []float64) {
	low, high := slices.Min(values), slices.Max(values)
	if low <= 0 || high/low < 20 {
		fromZero(a, high)
		return
	}
	a.Scale = plot.LogScale{}
	a.Min, a.Max = low/1.3, high*1.3
	var ticks plot.ConstantTicks
	for mag := math.Pow10(int(math.Floor(math.Log10(a.Min)))); mag <= a.Max; mag *= 10 {
		for i := 1.0; i < 10; i++ {
			t := plot.Tick{Value: i * mag}
			if i == 1 || i == 2 || i == 5 {
				t.Label = strconv.FormatFloat(t.Value, 'g', 6, 64)
			}
			if t.Value >= a.Min && t.Value <= a.Max {
				ticks = append(ticks, t)
			}
		}
	}
	a.Tick.Marker = ticks
}

// roundTicks returns ticks from 0 to at most top, 4 to 9 of them.
func roundTicks(top float64) []plot.Tick {
	mag := math.Pow10(int(math.Floor(math.Log10(top))) - 1)
	step := mag
	for _, m := range []float64{1, 2, 2.5, 5, 10, 20, 25} {
		if step = m * mag; top/step <= 8 {
			break
		}
	}
	decimals := 0
	for d := step; decimals < 12 && math.Abs(d-math.Round(d)) > 1e-9*d; d *= 10 {
		decimals++
	}
	if top >= 1e7 || top < 1e-5 {
		decimals = -1
	}
	var ticks []plot.Tick
	for i := 0; float64(i)*step <= top; i++ {
		v := float64(i) * step
		label := strconv.FormatFloat(v, 'f', decimals, 64)
		switch {
		case i == 0:
			label = "0"
		case decimals < 0:
			label = strconv.FormatFloat(v, 'g', 3, 64)
		}
		ticks = append(ticks, plot.Tick{Value: v, Label: label})
	}
	return ticks
}

// atLevels sets the axis to the levels xs (ascending), with a tick at each and
// a label wherever it does not touch the one before. width is about the length
// of the axis.
func atLevels(a *plot.Axis, xs []float64, log bool, width vg.Length) {
	low, high := xs[0], xs[len(xs)-1]
	switch {
	case log && low == high:
		a.Min, a.Max = low/2, high*2
	case log:
		margin := math.Pow(high/low, 0.04)
		a.Min, a.Max = low/margin, high*margin
	case low == high:
		a.Min, a.Max = low-1, high+1
	default:
		margin := (high - low) * 0.04
		a.Min, a.Max = low-margin, high+margin
	}
	if log {
		a.Scale = plot.LogScale{}
	}
	a.Tick.Marker = levelTicks(*a, xs, width)
}

func levelTicks(a plot.Axis, xs []float64, width vg.Length) plot.ConstantTicks {
	ticks := make([]plot.Tick, len(xs))
	free := vg.Length(math.Inf(-1)) // where the next label may begin
	for i, x := range xs {
		label := strconv.FormatFloat(x, 'g', 6, 64)
		half := a.Tick.Label.Width(label)/2 + vg.Points(2)
		at := width * vg.Length(a.Norm(x))
		if i == len(xs)-1 { // the highest level always has its label
			for j := i - 1; j >= 0 && at-half < free; j-- {
				if ticks[j].Label != "" {
					ticks[j].Label, free = "", vg.Length(math.Inf(-1))
				}
			}
		}
		ticks[i].Value = x
		if at-half >= free {
			ticks[i].Label, free = label, at+half
		}
	}
	return ticks
}

// distinct returns the ascending different values of xs.
func distinct(xs []float64) []float64 {
	xs = slices.Clone(xs)
	slices.Sort(xs)
	return slices.Compact(xs)
}
