package report

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"slices"
)

// encode returns the PNG of img. A plot has few colours, so it is written with
// a palette of its 256 most frequent ones: a tenth of the time and of the bytes
// of full colour. Only shades on the edges of shapes can differ, by little.
func encode(img image.Image) ([]byte, error) {
	if rgba, ok := img.(*image.RGBA); ok && rgba.Rect.Min == (image.Point{}) && rgba.Opaque() {
		img = paletted(rgba)
	}
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := enc.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("encode png: %w", err)
	}
	return withResolution(b.Bytes()), nil
}

func paletted(img *image.RGBA) *image.Paletted {
	index, pal := choosePalette(countColors(img))
	out := image.NewPaletted(img.Rect, pal)
	last, lastIndex := uint32(0), index[0]
	for i := 0; i < len(img.Pix); i += 4 {
		if c := pixel(img.Pix[i:]); c != last {
			last, lastIndex = c, index[c]
		}
		out.Pix[i/4] = lastIndex
	}
	return out
}

// pixel packs an opaque pixel; its alpha is left out.
func pixel(p []byte) uint32 { return binary.BigEndian.Uint32(p) >> 8 }

func countColors(img *image.RGBA) map[uint32]int {
	counts := map[uint32]int{0: 0}
	last, run := uint32(0), 0
	for i := 0; i < len(img.Pix); i += 4 {
		c := pixel(img.Pix[i:])
		if c != last {
			counts[last] += run
			last, run = c, 0
		}
		run++
	}
	counts[last] += run
	return counts
}

// choosePalette returns the most frequent colours, and for every colour the
// index of the nearest of them.
func choosePalette(counts map[uint32]int) (map[uint32]uint8, color.Palette) {
	colors := make([]uint32, 0, len(counts))
	for c := range counts {
		colors = append(colors, c)
	}
	slices.SortFunc(colors, func(a, b uint32) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	kept := colors[:min(len(colors), 256)]
	index := make(map[uint32]uint8, len(colors))
	for i, c := range kept {
		index[c] = uint8(i)
	}
	for _, c := range colors[len(kept):] {
		index[c] = nearest(kept, c)
	}
	pal := make(color.Palette, len(kept))
	for i, c := range kept {
		pal[i] = rgb(c)
	}
	return index, pal
}

func nearest(colors []uint32, c uint32) uint8 {
	best, bestDistance := 0, 1<<30
	for i, k := range colors {
		r, g, b := int(k>>16)-int(c>>16), int(k>>8&255)-int(c>>8&255), int(k&255)-int(c&255)
		if d := r*r + g*g + b*b; d < bestDistance {
			best, bestDistance = i, d
		}
	}
	return uint8(best)
}

// withResolution adds the chunk that tells viewers the size in inches, right
// after the header chunk.
func withResolution(b []byte) []byte {
	const headerEnd = 8 + 4 + 4 + 13 + 4
	chunk := []byte("\x00\x00\x00\x09pHYs")
	const perMetre = (dpi*10000 + 127) / 254
	chunk = binary.BigEndian.AppendUint32(chunk, perMetre)
	chunk = binary.BigEndian.AppendUint32(chunk, perMetre)
	chunk = append(chunk, 1)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	return slices.Concat(b[:headerEnd], chunk, b[headerEnd:])
}
