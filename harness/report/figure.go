package report

import (
	"cmp"
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// dpi is the resolution of every picture.
const dpi = 300

// figure is a row of panels over one legend and its footnotes. It grows in
// height when the legend would take more than a third of it.
type figure struct {
	width, height float64 // inches
	title         string  // above several panels
	panels        []*plot.Plot
	columns       int // of panels; 0: all in one row
	legend        []entry
	notes         []string
	cut, single   bool // whether a bar is cut, and a marker hollow: for the notes
}

// entry is one line of the legend.
type entry struct {
	text string
	curve
}

const (
	margin    = vg.Length(10) // around everything, in points
	sample    = vg.Length(34) // length of the line beside a legend text
	between   = vg.Length(18) // between the columns of the legend
	legendMax = 10.0          // legend text size in points
	legendMin = 5.5
)

// image draws the figure.
func (f figure) image() image.Image {
	width := vg.Length(f.width) * vg.Inch
	inner := width - 2*margin
	legend := layLegend(f.legend, inner)
	noteLines := wrap(f.notes, inner)
	below := legend.height() + vg.Length(len(noteLines))*noteHeight
	height := vg.Length(f.height) * vg.Inch
	height += max(0, below-height/3)

	img := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dpi))
	c := draw.Crop(draw.New(img), margin, -margin, margin, -margin)
	y := drawNotes(c, noteLines, c.Min.Y)
	legend.draw(c, y)
	c.Min.Y += below + vg.Points(4)
	if f.title != "" {
		style := bold(textStyle(titleText))
		style.XAlign, style.YAlign = draw.XCenter, draw.YTop
		c.FillText(style, vg.Point{X: c.Center().X, Y: c.Max.Y}, f.title)
		c.Max.Y -= vg.Points(titleText + 10)
	}
	columns := min(cmp.Or(f.columns, len(f.panels)), len(f.panels))
	tiles := draw.Tiles{Cols: columns, Rows: (len(f.panels) + columns - 1) / columns, PadX: vg.Points(16), PadY: vg.Points(14)}
	for i, p := range f.panels {
		drawPanel(p, tiles.At(c, i%columns, i/columns))
	}
	return img.Image()
}

// drawPanel draws p with its axis labels in the middle of its axes. They are
// drawn here because the plot package makes room for the label of a
// logarithmic axis as if it stood at the axis's arithmetic middle.
func drawPanel(p *plot.Plot, c draw.Canvas) {
	strip := vg.Points(axisText * 1.5)
	data := draw.Crop(c, strip, 0, strip, 0)
	x, y := p.X.Label.Text, p.Y.Label.Text
	p.X.Label.Text, p.Y.Label.Text, p.BackgroundColor = "", "", nil
	p.Draw(data)
	mid := p.DataCanvas(data)
	style := textStyle(axisText)
	style.XAlign = draw.XCenter
	c.FillText(style, vg.Point{X: mid.Center().X, Y: c.Min.Y + vg.Points(3)}, x)
	style.Rotation = math.Pi / 2
	c.FillText(style, vg.Point{X: c.Min.X + vg.Points(axisText), Y: mid.Center().Y}, y)
}

// panelWidth is about the length of a panel's x axis.
func (f figure) panelWidth(panels int) vg.Length {
	return vg.Length(f.width)*vg.Inch/vg.Length(panels) - 2*margin - vg.Points(55)
}

type legendLayout struct {
	entries []entry
	columns int
	rows    int
	column  vg.Length // width of one
	row     vg.Length // height of one
	size    float64
}

// layLegend puts the entries into as many columns as fit, six at most, and
// shrinks the text only where a single column is too wide.
func layLegend(entries []entry, width vg.Length) legendLayout {
	l := legendLayout{entries: entries, size: legendMax}
	if len(entries) == 0 {
		return l
	}
	widest := func() vg.Length {
		w := vg.Length(0)
		for _, e := range entries {
			w = max(w, textStyle(l.size).Width(e.text))
		}
		return w + sample + vg.Points(6)
	}
	l.column = widest()
	for l.column > width && l.size > legendMin {
		l.size -= 0.5
		l.column = widest()
	}
	l.columns = min(max(int((width+between)/(l.column+between)), 1), 6, len(entries))
	l.rows = (len(entries) + l.columns - 1) / l.columns
	l.columns = (len(entries) + l.rows - 1) / l.rows
	l.row = vg.Points(l.size * 1.5)
	return l
}

func (l legendLayout) height() vg.Length {
	if len(l.entries) == 0 {
		return 0
	}
	return vg.Length(l.rows)*l.row + vg.Points(4)
}

// draw puts the legend, centred, with its lower edge at y.
func (l legendLayout) draw(c draw.Canvas, y vg.Length) {
	total := vg.Length(l.columns)*(l.column+between) - between
	x0 := c.Min.X + max(0, (c.Max.X-c.Min.X-total)/2)
	style := textStyle(l.size)
	for i, e := range l.entries {
		x := x0 + vg.Length(i/l.rows)*(l.column+between)
		mid := y + vg.Length(l.rows-i%l.rows)*l.row - l.row/2
		if e.line > 0 {
			c.StrokeLine2(e.lineStyle(), x, mid, x+sample, mid)
		}
		if e.radius > 0 {
			e.mark(&c, vg.Point{X: x + sample/2, Y: mid}, false)
		}
		c.FillText(style, vg.Point{X: x + sample + vg.Points(6), Y: mid - vg.Points(l.size*0.36)}, e.text)
	}
}

const (
	noteSize   = 8.5
	noteHeight = vg.Length(noteSize * 1.35)
)

func drawNotes(c draw.Canvas, lines []string, y vg.Length) vg.Length {
	style := italic(textStyle(noteSize))
	style.Color = color.Gray{Y: 0x44}
	for i := len(lines) - 1; i >= 0; i-- {
		c.FillText(style, vg.Point{X: c.Min.X + vg.Points(2), Y: y + vg.Points(2)}, lines[i])
		y += noteHeight
	}
	return y
}
