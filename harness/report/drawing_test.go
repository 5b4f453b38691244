package report

import (
	"bytes"
	"image/png"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/result"
)

func TestDrawing(t *testing.T) {
	d := Drawing{Title: "Concurrency 20", Notes: []string{"intervals over 5 pairs"}, Panels: []Panel{
		{Title: "TTFT", X: "Prefix Ratio", Y: "TTFT (ms)", Lines: []Line{
			{Name: "kv", Look: 0, Points: []LinePoint{{X: 0.9, Y: 100, Low: 90, High: 110, Label: "100.0ms"}, {X: 0.1, Y: 300}}},
			{Name: "round-robin", Look: 1, Points: []LinePoint{{X: 0.1, Y: 310}, {X: 0.9, Y: 290, Low: math.Inf(-1), High: math.Inf(1)}, {X: 0.5, Y: math.NaN()}}},
		}},
		{Title: "Throughput", X: "Prefix Ratio", Y: "tokens/s", Lines: []Line{{Name: "kv", Points: []LinePoint{{X: 0.5, Y: 3}}}}},
	}}
	b, err := d.PNG()
	require.NoError(t, err)
	img, err := png.Decode(bytes.NewReader(b))
	require.NoError(t, err)
	require.Equal(t, 12*dpi, img.Bounds().Dx())
	again, err := d.PNG()
	require.NoError(t, err)
	require.Equal(t, b, again)
}

// A bar that goes on beyond the picture has no end in it.
func TestBarsAreCutAndSaySo(t *testing.T) {
	l := Line{Points: []LinePoint{{X: 1, Y: 10, Low: -3, High: 50}, {X: 2, Y: 10, Low: 9, High: 11}}}
	require.Equal(t, []point{{x: 1, y: 10, low: 0, high: 20, cut: true}, {x: 2, y: 10, low: 9, high: 11}}, l.points(20))

	rate := []curve{{points: []point{{y: 10, low: 5, high: 50}}}, {points: []point{{y: 4, low: 3, high: 19}}}}
	require.True(t, cutBars(rate, 0))
	require.Equal(t, point{y: 10, low: 5, high: 20, cut: true}, rate[0].points[0])
	require.Equal(t, point{y: 4, low: 3, high: 19}, rate[1].points[0])
	share := []curve{{points: []point{{y: 40, low: 5, high: 116}}}}
	require.False(t, cutBars(share, 100))
	require.Equal(t, 100.0, share[0].points[0].high, "no share is above the whole")
	for _, cut := range []bool{false, true} {
		c := &result.Comparison{Arms: []result.ComparisonArm{{Good: 5}, {Good: 5}}, State: result.ComparisonComplete}
		notes := strings.Join(comparisonNotes(c, figure{cut: cut, single: cut}), " ")
		require.Equal(t, cut, strings.Contains(notes, "Bars without an end"))
		require.Equal(t, cut, strings.Contains(notes, "Hollow markers"))
	}
}

// What is expected is told from what was measured.
func TestDottedLines(t *testing.T) {
	_, curves := Panel{Lines: []Line{{Dotted: true}, {}}}.draw(100)
	require.Equal(t, dashes(dotted), curves[0].look.dashes)
	require.Empty(t, curves[1].look.dashes)
}

func TestDrawingOfNothing(t *testing.T) {
	_, err := Drawing{Panels: []Panel{{Lines: []Line{{Points: []LinePoint{{X: math.NaN(), Y: 1}}}}}}}.PNG()
	require.ErrorIs(t, err, ErrNothing)
}
