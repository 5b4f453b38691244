package report

import (
	"bytes"
	"image/png"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
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

func TestDrawingOfNothing(t *testing.T) {
	_, err := Drawing{Panels: []Panel{{Lines: []Line{{Points: []LinePoint{{X: math.NaN(), Y: 1}}}}}}}.PNG()
	require.ErrorIs(t, err, ErrNothing)
}
