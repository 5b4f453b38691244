package report

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/result"
)

func TestWriteTwiceGivesTheSameBytes(t *testing.T) {
	runs := gallery()["three"]
	first, second := t.TempDir(), t.TempDir()
	o := Options{ResultsDir: "results"}
	files, err := Write(first, runs, o)
	require.NoError(t, err)
	slices.Reverse(runs)
	again, err := Write(second, runs, o)
	require.NoError(t, err)
	require.Len(t, files, 11)
	require.Len(t, again, 11)
	for i := range files {
		require.Equal(t, filepath.Base(files[i]), filepath.Base(again[i]))
		a, b := read(t, files[i]), read(t, again[i])
		if filepath.Ext(files[i]) != ".png" { // they name their own folder
			a, b = bytes.ReplaceAll(a, []byte(first), nil), bytes.ReplaceAll(b, []byte(second), nil)
		}
		require.True(t, bytes.Equal(a, b), "%s differs", filepath.Base(files[i]))
	}
	requireSizes(t, first)
}

// requireSizes checks the sizes of the original: 10 x 6 and 12 x 8 inches at 300
// dots, each told to viewers in the file.
func requireSizes(t *testing.T, dir string) {
	for file, want := range map[string]image.Point{
		"p50_inter_token_latency_vs_concurrency.png": {3000, 1800},
		"avg_inter_token_latency_vs_concurrency.png": {3000, 1800},
		"request_throughput_vs_concurrency.png":      {3000, 1800},
		"avg_time_to_first_token_vs_concurrency.png": {3000, 1800},
		"efficiency_tok_s_gpu_vs_user.png":           {3600, 2400},
		"latency_throughput_frontier.png":            {3600, 2400},
	} {
		b := read(t, filepath.Join(dir, file))
		img, err := png.Decode(bytes.NewReader(b))
		require.NoError(t, err)
		require.Equal(t, want, img.Bounds().Size(), file)
		require.Contains(t, string(b[:80]), "pHYs\x00\x00\x2e\x23\x00\x00\x2e\x23\x01")
		require.Less(t, len(b), 1<<20, file)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return b
}

func TestNothingToPlot(t *testing.T) {
	empty := synthetic("empty", 1)
	dead := synthetic("dead", 1, 1, 2)
	for i := range dead.Levels {
		dead.Levels[i].Stats = nil
	}
	for name, runs := range map[string][]*result.Run{"no runs": nil, "no levels": {empty}, "no data": {empty, dead}} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "plots")
			_, err := Write(dir, runs, Options{})
			require.ErrorIs(t, err, ErrNothing)
			require.NoDirExists(t, dir)
		})
	}
}

func TestTooManyBenchmarks(t *testing.T) {
	var runs []*result.Run
	for i := range 13 {
		runs = append(runs, synthetic("run-"+string(rune('a'+i)), 1, 1))
	}
	dir := filepath.Join(t.TempDir(), "plots")
	_, err := Write(dir, runs, Options{})
	require.ErrorIs(t, err, ErrTooMany)
	require.ErrorContains(t, err, "13, at most 12: run-a, run-b, ")
	require.ErrorContains(t, err, "run-m")
	require.NoDirExists(t, dir)
	require.NoError(t, check(runs, Options{MaxBenchmarks: 13}))
}

func TestMetricsWithoutDataGiveNoFile(t *testing.T) {
	r := synthetic("a", 1, 1, 2)
	for i := range r.Levels {
		delete(r.Levels[i].Stats, keyITL)
		delete(r.Levels[i].Stats, keyTTFT)
	}
	dir := t.TempDir()
	files, err := writePlots(dir, allPlots(Options{}), []*result.Run{r}, Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"request_throughput_vs_concurrency.png", "efficiency_tok_s_gpu_vs_user.png", "error_rate_vs_concurrency.png", "latency_throughput_frontier.png"}, files)
}

func TestTraceHasASummaryAlone(t *testing.T) {
	r := synthetic("mooncake", 1, 1)
	r.Levels[0].Name, r.Levels[0].Concurrency, r.Levels[0].Axes, r.Load.Kind = "trace", 0, nil, "trace"
	files, err := Write(t.TempDir(), []*result.Run{r}, Options{})
	require.NoError(t, err)
	require.Len(t, files, 2)
	text := string(read(t, files[0]))
	require.Contains(t, text, "  mooncake: 1 levels\n")
	require.Contains(t, text, "P50 TTFT: 45.0 ms (trace)")
}

func TestOwnPlots(t *testing.T) {
	runs := []*result.Run{synthetic("a", 1, 1)}
	own := Lines("latency_vs_concurrency.png", "Latency vs Concurrency", "Latency (ms)", avgOf(keyLatency))
	dir := t.TempDir()
	files, err := writePlots(dir, []Plot{own}, runs, Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"latency_vs_concurrency.png"}, files)
	require.FileExists(t, filepath.Join(dir, files[0]))
	all := allPlots(Options{Plots: []Plot{own}})
	require.Equal(t, own.File, all[len(all)-1].File)

	broken := errors.New("broken")
	bad := Plot{"bad.png", func([]*result.Run, Options) (image.Image, error) { return nil, broken }}
	_, err = writePlots(t.TempDir(), []Plot{bad}, runs, Options{})
	require.ErrorIs(t, err, broken)
	require.ErrorContains(t, err, "draw bad.png")

	for _, p := range []Plot{{File: "no-draw.png"}, {"../up.png", own.Draw}, {"plot.svg", own.Draw}, {original()[0].File, own.Draw}} {
		require.Error(t, check(runs, Options{Plots: []Plot{p}}), p.File)
	}
}

func TestPaletteKeepsFrequentColors(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 100, 100))
	for y := range 100 {
		for x := range 100 {
			c := rgb(0xffffff)
			if y < 20 {
				c = rgb(uint32(y*100+x) * 7919 % (1 << 24)) // 2000 colours, each once
			} else if y < 40 {
				c = palette()[x%MaxBenchmarks]
			}
			img.SetRGBA(x, y, c)
		}
	}
	b, err := encode(img)
	require.NoError(t, err)
	got, err := png.Decode(bytes.NewReader(b))
	require.NoError(t, err)
	for y := 20; y < 100; y++ {
		for x := range 100 {
			require.Equal(t, img.At(x, y), rgbaAt(got, x, y))
		}
	}
}
