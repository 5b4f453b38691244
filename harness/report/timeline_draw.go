package report

import (
	"fmt"
	"image"
	"image/color"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
)

// timelineWidth is the width of the picture in inches.
const timelineWidth = 10

// Plot makes the timeline a plot of its own, for Options.Plots and Write.
func (t Timeline) Plot(file string) Plot {
	return Plot{File: file, Draw: func([]*result.Run, Options) (image.Image, error) {
		if len(t.Bins) == 0 {
			return nil, nil
		}
		return t.image(), nil
	}}
}

// PNG is the timeline's picture; nil without a bin.
func (t Timeline) PNG() ([]byte, error) {
	if len(t.Bins) == 0 {
		return nil, nil
	}
	return encode(t.image())
}

// image draws the hit rate above what was sent and what failed, over one time
// axis, with a line at each event.
func (t Timeline) image() image.Image {
	const wide, high = timelineWidth, 7.5 // inches
	legend := layLegend(t.legend(), wide*vg.Inch-2*margin)
	notes := wrap(t.notes(), wide*vg.Inch-2*margin)
	below := legend.height() + vg.Length(len(notes))*noteHeight
	height := high*vg.Inch + max(0, below-high*vg.Inch/4)
	img := vgimg.NewWith(vgimg.UseWH(wide*vg.Inch, height), vgimg.UseDPI(dpi))
	c := draw.Crop(draw.New(img), margin, -margin, margin, -margin)
	legend.draw(c, drawNotes(c, notes, c.Min.Y))
	c.Min.Y += below + vg.Points(4)

	rate, failed := t.panels()
	upper := draw.Crop(c, 0, 0, c.Size().Y*0.42, 0)
	lower := draw.Crop(c, 0, 0, 0, -c.Size().Y*0.6)
	drawPanel(rate, upper)
	drawPanel(failed, lower)
	return img.Image()
}

// panels are the hit rate, and what was sent and failed. The y axes have labels
// of the same width, so that the time axes stand below each other.
func (t Timeline) panels() (rate, failed *plot.Plot) {
	end := float64(len(t.Bins)) * t.Bin.Seconds()
	seconds := plot.ConstantTicks(roundTicks(end))
	rate = newPanel(t.Title, "", "Prompt Tokens Cached (%)")
	rate.X.Min, rate.X.Max, rate.X.Tick.Marker = 0, end, seconds
	// The labels of events stand above 100 %.
	width := figure{width: timelineWidth}.panelWidth(1)
	_, rows := t.rows(func(ev TimeEvent) vg.Length { return width * vg.Length(ev.At.Seconds()/end) })
	rate.Y.Min, rate.Y.Max, rate.Y.Tick.Marker = 0, 105+6.5*float64(rows), percentTicks()
	rate.Add(eventLines{t, true}, hits(t))

	failed = newPanel("", "Time Since the First Request (s)", fmt.Sprintf("Requests per %g s", t.Bin.Seconds()))
	failed.X.Min, failed.X.Max, failed.X.Tick.Marker = 0, end, seconds
	most := 1.0
	for _, b := range t.Bins {
		most = max(most, float64(b.Sent), float64(b.Errors()))
	}
	fromZero(&failed.Y, most)
	failed.Y.Tick.Marker = padded(failed.Y.Tick.Marker.Ticks(0, failed.Y.Max))
	failed.Add(eventLines{t, false}, bars(t))
	return rate, failed
}

func percentTicks() plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for v := 0; v <= 100; v += 20 {
		ticks = append(ticks, plot.Tick{Value: float64(v), Label: strconv.Itoa(v)})
	}
	return ticks
}

// padded widens the labels to those of a percent axis: a digit is two spaces wide.
func padded(ticks []plot.Tick) plot.ConstantTicks {
	widest := 0
	for _, k := range ticks {
		widest = max(widest, len(k.Label))
	}
	for i := range ticks {
		if n := len(ticks[i].Label); n == widest && n > 0 && ticks[i].Label != "0" {
			for range 3 - n {
				ticks[i].Label = "  " + ticks[i].Label
			}
		}
	}
	return ticks
}

// timelineBlue and the colours of kinds are Okabe and Ito's, which all eyes tell
// apart; they differ in lightness too.
func timelineBlue() color.RGBA { return rgb(0x0072b2) }

func kindColor(o record.Outcome) color.RGBA {
	switch o {
	case record.HTTPError:
		return rgb(0xd55e00) // vermilion
	case record.Truncated:
		return rgb(0xe69f00) // orange
	case record.Connect:
		return rgb(0x000000)
	case record.Timeout:
		return rgb(0xcc79a7) // purple
	case record.StreamError:
		return rgb(0x009e73) // green
	case record.Empty:
		return rgb(0xf0e442) // yellow
	}
	return rgb(0x999999)
}

// hits is the hit rate at the middle of each bin, broken where a bin has none.
type hits Timeline

func (h hits) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	style := curve{line: 2, look: look{color: timelineBlue()}}
	var run []vg.Point
	flush := func() {
		if len(run) > 1 {
			c.StrokeLines(style.lineStyle(), run)
		}
		for _, at := range run {
			marker(nil).draw(&c, at, vg.Points(2.6), timelineBlue(), draw.LineStyle{})
		}
		run = run[:0]
	}
	for _, b := range h.Bins {
		rate, ok := b.HitRate()
		if !ok {
			flush()
			continue
		}
		run = append(run, vg.Point{X: x((b.Start + h.Bin/2).Seconds()), Y: y(100 * rate)})
	}
	flush()
}

// bars are the failures of each bin, stacked by kind, and the outline of what
// was sent.
type bars Timeline

func (v bars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	kinds := Timeline(v).kinds()
	for _, b := range v.Bins {
		left, right, n := x(b.Start.Seconds()), x((b.Start + v.Bin).Seconds()), 0
		gap := (right - left) * 0.12
		for _, k := range kinds {
			if b.Failed[k] == 0 {
				continue
			}
			low, high := y(float64(n)), y(float64(n+b.Failed[k]))
			n += b.Failed[k]
			area := []vg.Point{{X: left + gap, Y: low}, {X: left + gap, Y: high}, {X: right - gap, Y: high}, {X: right - gap, Y: low}}
			c.FillPolygon(kindColor(k), area)
			c.StrokeLines(draw.LineStyle{Color: color.White, Width: vg.Points(0.5)}, area)
		}
	}
	var outline []vg.Point
	for _, b := range v.Bins {
		at := y(float64(b.Sent))
		outline = append(outline, vg.Point{X: x(b.Start.Seconds()), Y: at}, vg.Point{X: x((b.Start + v.Bin).Seconds()), Y: at})
	}
	c.StrokeLines(sentLine().lineStyle(), c.ClipLinesXY(outline)...)
}

func sentLine() curve { return curve{line: 1.2, look: look{color: rgb(0x666666)}} }

// eventLine is the line at an event.
func eventLine() curve {
	return curve{line: 1.1, look: look{color: color.RGBA{A: 0xff}, dashes: dashes(1)}}
}

// eventLines draws the events with, where they took longer than a line is wide,
// how long they took.
type eventLines struct {
	Timeline
	labels bool
}

func (e eventLines) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	for _, ev := range e.Events {
		if from, to := x(ev.At.Seconds()), min(x(ev.Done.Seconds()), c.Max.X); e.long(ev) && c.ContainsX(from) {
			c.FillPolygon(rgb(0xeeeeee), []vg.Point{{X: from, Y: c.Min.Y}, {X: from, Y: c.Max.Y}, {X: to, Y: c.Max.Y}, {X: to, Y: c.Min.Y}})
		}
	}
	for _, ev := range e.Events {
		if at := x(ev.At.Seconds()); c.ContainsX(at) {
			c.StrokeLine2(eventLine().lineStyle(), at, c.Min.Y, at, c.Max.Y)
		}
	}
	if e.labels {
		e.write(c, x)
	}
}

// write puts each label beside its line, in a row in which it meets no other.
func (e eventLines) write(c draw.Canvas, x func(float64) vg.Length) {
	style := labelStyle()
	rows, _ := e.rows(func(ev TimeEvent) vg.Length { return x(ev.At.Seconds()) })
	for i, ev := range e.Events {
		at := x(ev.At.Seconds())
		if !c.ContainsX(at) {
			continue
		}
		w := style.Width(ev.Label)
		left := min(at+vg.Points(3), c.Max.X-w-vg.Points(2))
		base := c.Max.Y - vg.Points(labelRow)*vg.Length(rows[i]+1) + vg.Points(3)
		c.FillPolygon(color.White, []vg.Point{{X: left - 1, Y: base - 2}, {X: left - 1, Y: base + 9}, {X: left + w + 1, Y: base + 9}, {X: left + w + 1, Y: base - 2}})
		c.FillText(style, vg.Point{X: left, Y: base}, ev.Label)
	}
}

// labelRow is the height of a row of labels in points.
const labelRow = legendMax + 3

func labelStyle() text.Style { return bold(textStyle(legendMax)) }

// rows gives each event the first row that is free where its label begins, and
// tells how many rows there are.
func (t Timeline) rows(at func(TimeEvent) vg.Length) (of []int, rows int) {
	var ends []vg.Length
	for _, ev := range t.Events {
		from := at(ev)
		i := slices.IndexFunc(ends, func(end vg.Length) bool { return end <= from })
		if i < 0 {
			i, ends = len(ends), append(ends, 0)
		}
		ends[i] = from + labelStyle().Width(ev.Label) + vg.Points(10)
		of = append(of, i)
	}
	return of, len(ends)
}

// long says that the event took so long that it shows.
func (t Timeline) long(e TimeEvent) bool { return e.Done-e.At > t.Bin/2 }

func (t Timeline) legend() []entry {
	all := []entry{
		{"prompt tokens cached", curve{line: 2, radius: 2.6, look: look{color: timelineBlue()}}},
		{"requests sent", sentLine()},
	}
	for _, k := range t.kinds() {
		all = append(all, entry{"failed: " + k.String(), curve{radius: 4.5, look: look{color: kindColor(k), marker: polygon(4, 1, 1.2, 45)}}})
	}
	if len(t.Events) > 0 {
		all = append(all, entry{"what was done to the target", eventLine()})
	}
	return all
}

func (t Timeline) notes() []string {
	notes := []string{fmt.Sprintf("Bins of %g s. Cached: of the prompts sent in a bin, as the server told. Failed: in the bin in which they ended.", t.Bin.Seconds())}
	for _, e := range t.Events {
		if e.Failed {
			notes = append(notes, e.Label+" could not be done.")
		}
	}
	if slices.ContainsFunc(t.Events, t.long) {
		notes = append(notes, "Grey: while something was being done.")
	}
	return notes
}
