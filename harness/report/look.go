package report

import (
	"image/color"

	"gonum.org/v1/plot/vg"
)

// MaxBenchmarks is the number of benchmarks that a plot takes unless
// Options.MaxBenchmarks raises it, and the number of colours and markers.
const MaxBenchmarks = 12

// maxLooks is the number of distinct looks: markers times line styles.
const maxLooks = 4 * MaxBenchmarks

// look tells one benchmark from the others, with colour and without.
type look struct {
	color  color.RGBA
	marker marker
	dashes []vg.Length
}

// lookOf returns the look of benchmark i. All of i < 48 differ in marker or
// line style, the first three have solid lines, and of two neighbours in the
// list at most one in three shares a line style with the next.
func lookOf(i int) look {
	return look{
		color:  palette()[i%MaxBenchmarks],
		marker: markers()[i%MaxBenchmarks],
		dashes: dashes((i/3 + i/MaxBenchmarks) % 4),
	}
}

// palette is the original Dynamo benchmark's, in its order.
func palette() [MaxBenchmarks]color.RGBA {
	return [MaxBenchmarks]color.RGBA{
		rgb(0x1f77b4), rgb(0xff7f0e), rgb(0x2ca02c), rgb(0xd62728), rgb(0x9467bd), rgb(0x8c564b),
		rgb(0xe377c2), rgb(0x7f7f7f), rgb(0xbcbd22), rgb(0x17becf), rgb(0xaec7e8), rgb(0xffbb78),
	}
}

func rgb(hex uint32) color.RGBA {
	return color.RGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}

// faded is c mixed with white: part 1 is c, 0 white. Plots mix instead of using
// alpha, so that what lies below does not shine through.
func faded(c color.RGBA, part float64) color.RGBA {
	mix := func(v uint8) uint8 { return uint8(255 - part*float64(255-v) + 0.5) }
	return color.RGBA{R: mix(c.R), G: mix(c.G), B: mix(c.B), A: 0xff}
}

// dotted is the line style of dots.
const dotted = 2

// dashes returns line style 0..3: solid, dashed, dotted, dash-dot.
func dashes(style int) []vg.Length {
	return [4][]vg.Length{
		nil,
		{vg.Points(7), vg.Points(3)},
		{vg.Points(2), vg.Points(2.5)},
		{vg.Points(7), vg.Points(2.5), vg.Points(2), vg.Points(2.5)},
	}[style]
}
