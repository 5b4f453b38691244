package report

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/result"
)

// gallery are the comparisons that every change of the drawing is looked at
// with: DYNBENCH_GALLERY=DIR go test -run Gallery writes them.
func gallery() map[string][]*result.Run {
	g := map[string][]*result.Run{
		"one":    {synthetic("vllm-agg", 1, standardLevels()...)},
		"single": {synthetic("one-point", 1, 10)},
		"three":  {synthetic("agg", 1, standardLevels()...), synthetic("disagg", 1.7, standardLevels()...), synthetic("kv-routed", 2.2, standardLevels()...)},
	}
	for _, r := range g["three"] {
		r.Target.GPUs = 4
	}
	fail(&g["three"][0].Levels[5], result.LevelDegraded, 4)
	fail(&g["three"][0].Levels[6], result.LevelFailed, 300)
	g["three"][1].Levels[6].ClientLimited = true
	for i := range 12 {
		r := synthetic(fmt.Sprintf("deepseek-r1-distill-llama-8b-%d", i), 1+float64(i)*0.35, standardLevels()...)
		g["twelve"] = append(g["twelve"], r)
		long := synthetic(fmt.Sprintf("deepseek-r1-distill-llama-70b-vllm-disaggregated-kv-routed-tp4-pp2-prefill-4-decode-8-block-16-chunked-prefill-h200-run-number-%03d", i), 1+float64(i)*0.2, standardLevels()...)
		g["long"] = append(g["long"], long)
	}
	for i := range 30 {
		g["thirty"] = append(g["thirty"], synthetic(fmt.Sprintf("run-%02d", i), 1+float64(i)*0.15, standardLevels()...))
	}
	g["repeats"] = []*result.Run{repeated("agg", 1), repeated("disagg", 1.6)}
	dense := make([]int, 64)
	for i := range dense {
		dense[i] = i + 1
	}
	g["dense"] = []*result.Run{synthetic("dense", 1, dense...), synthetic("dense2", 1.5, dense...)}
	g["rate"] = []*result.Run{byAxis("poisson", "rate", 0.5, 1, 2, 4, 8), byAxis("constant", "rate", 0.5, 1, 2, 4, 8)}
	g["prefix"] = []*result.Run{byAxis("kv", "prefix_ratio", 0, 0.25, 0.5, 0.75, 1), byAxis("round-robin", "prefix_ratio", 0, 0.25, 0.5, 0.75, 1)}
	return g
}

func repeated(name string, speed float64) *result.Run {
	r := synthetic(name, speed)
	for _, c := range standardLevels() {
		for k := range 5 {
			l := level(c, speed*(1+0.06*float64((k*7+c)%5-2)))
			l.Repeat = k
			r.Levels = append(r.Levels, l)
		}
	}
	return r
}

func byAxis(name, key string, values ...float64) *result.Run {
	r := synthetic(name, 1)
	for i, v := range values {
		l := level(10*(i+1), 1+0.2*float64(len(name)%3))
		l.Concurrency, l.Name = 0, fmt.Sprintf("%s%g", key[:1], v)
		if key != "rate" {
			l.Concurrency = 20
		}
		l.Axes = map[string]float64{key: v}
		r.Levels = append(r.Levels, l)
	}
	return r
}

func TestGallery(t *testing.T) {
	dir := os.Getenv("DYNBENCH_GALLERY")
	if dir == "" {
		t.Skip("DYNBENCH_GALLERY names no folder")
	}
	for name, runs := range gallery() {
		began := time.Now()
		files, err := Write(filepath.Join(dir, name), runs, Options{MaxBenchmarks: 48})
		require.NoError(t, err)
		t.Logf("%s: %d files in %s", name, len(files), time.Since(began).Round(time.Millisecond))
	}
}
