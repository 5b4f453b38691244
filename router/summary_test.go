package router

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/report"
)

// pointAt is a point with figures that follow from the ratio.
func pointAt(ratio float64, seed int64) Point {
	t := 1000 * (1 - ratio)
	return Point{
		Ratio: ratio, Seed: seed, Runs: 2, Prefix: int(14000 * ratio), Requests: 400, OK: 398, Failures: Counts{Rejected: 2},
		TTFT:       Figures{Avg: Number(t), P25: Number(t / 2), P50: Number(t * 0.9), P75: Number(t * 1.2), P90: Number(t * 2), P99: Number(t * 3)},
		ITL:        Figures{Avg: 20, P25: 18, P50: 19.5, P75: 22, P90: 25, P99: 31},
		Throughput: Number(1000 + 100*ratio), Rate: 5.5, Goodput: 5.4, Good: 0.995,
		Input: 14010, HitRate: Number(ratio * 0.8), Oracle: Shares{Affinity: ratio * 0.865, Spread: ratio * 0.4}, Dataset: "abc",
		Workers: 4, Balance: 0.05, ByTokens: 0.06,
	}
}

func summaryOf(name string, ratios ...float64) Summary {
	s := Summary{Name: name, Config: Config{
		Model: "m", Tokenizer: "approx", ISL: 14000, OSL: 200, Requests: 200, Concurrency: 20, Prefixes: 20,
	}}
	for i, r := range ratios {
		s.Points = append(s.Points, pointAt(r, int64(i)))
	}
	return s
}

func TestSummaryHasTheKeysOfAllForms(t *testing.T) {
	s := summaryOf("kv", 0.1, 0.9)
	control := pointAt(0, 2)
	control.HitRate = missing()
	s.Control = &control
	s.Config.TP, s.Config.GPU = 2, "H100"
	s.Checks = []Check{{Name: "kv events", Arm: "kv", Run: "rep-1", OK: true, Detail: "12 events of engines were applied"}}
	goldenJSON(t, "results_summary.json", s)

	dir := t.TempDir()
	require.NoError(t, s.Write(dir))
	back, err := ReadSummary(dir)
	require.NoError(t, err)
	require.True(t, math.IsNaN(float64(back.Control.HitRate)))
	back.Control.HitRate, s.Control.HitRate = 0, 0
	require.Equal(t, s, back)
}

// What upstream's plot script reads, in the order in which it looks.
func TestSummaryIsReadableByThePlotScript(t *testing.T) {
	b, err := json.Marshal(summaryOf("kv", 0.1, 0.5))
	require.NoError(t, err)
	var read struct {
		Ratios     []float64 `json:"prefix_ratios"`
		TTFT       []float64 `json:"ttft_values"`
		Throughput []float64 `json:"throughput_values"`
		Config     map[string]any
	}
	require.NoError(t, json.Unmarshal(b, &read))
	require.Equal(t, []float64{0.1, 0.5}, read.Ratios)
	require.Equal(t, []float64{900, 500}, read.TTFT)
	require.Len(t, read.Throughput, 2)
	for _, key := range []string{"model", "tokenizer", "isl", "osl", "requests", "concurrency", "initial_seed"} {
		require.Contains(t, read.Config, key)
	}
}

func TestReadSummaryOfOtherForms(t *testing.T) {
	const config = `"config":{"model":"m","tokenizer":"m","isl":14000,"osl":200,"requests":200,"concurrency":20,"initial_seed":0}`
	read := func(text string) (Summary, error) {
		dir := t.TempDir()
		write(t, text, dir, SummaryFile)
		return ReadSummary(filepath.Join(dir, SummaryFile))
	}
	old, err := read(`{"prefix_ratios":[0.1,0.3],"ttft_values":[812.5,700],"throughput_values":[1402.2,1500],` + config + `}`)
	require.NoError(t, err)
	require.Equal(t, Number(700), old.Point(0.3).TTFT.Avg)
	require.Equal(t, int64(1), old.Point(0.3).Seed)
	require.False(t, old.Point(0.3).ITL.P50.Known())
	require.Nil(t, old.Point(0.2))

	ci, err := read(`{"prefix_ratios":[0.5],"ttft_p25_values":[108.8],"ttft_p50_values":[245.9],"ttft_p75_values":[323.4],` +
		`"itl_p25_values":[54.5],"itl_p50_values":[54.8],"itl_p75_values":[56.4],` + config + `}`)
	require.NoError(t, err)
	require.Equal(t, Number(245.9), ci.Points[0].TTFT.P50)
	require.False(t, ci.Points[0].TTFT.Avg.Known())

	average, err := read(`{"prefix_ratios":[0.5],"ttft_avg_values":[3],"throughput_avg_values":[null],` + config + `}`)
	require.NoError(t, err)
	require.Equal(t, Number(3), average.Points[0].TTFT.Avg)
	require.False(t, average.Points[0].Throughput.Known())

	for text, want := range map[string]string{
		`{"prefix_ratios":[0.1,0.3],"ttft_values":[1]}`: "2 prefix ratios but 1 values of ttft",
		`{"prefix_ratios":[]}`:                          "no prefix ratio",
		`{`:                                             "unexpected end",
	} {
		_, err := read(text)
		require.ErrorContains(t, err, want)
	}
	_, err = ReadSummary(t.TempDir())
	require.ErrorIs(t, err, os.ErrNotExist)
}

func FuzzSummary(f *testing.F) {
	f.Add([]byte(`{"prefix_ratios":[0.1],"ttft_values":[812.5],"throughput_values":[null]}`))
	f.Add([]byte(`{"prefix_ratios":[1e400],"dynbench":{"points":[{"prefix_ratio":1}]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s Summary
		if json.Unmarshal(b, &s) != nil {
			return
		}
		again, err := json.Marshal(s)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(again, &s))
	})
}

func TestCompareSummaries(t *testing.T) {
	dir := t.TempDir()
	kv, rr := summaryOf("kv", 0.1, 0.5, 0.9), summaryOf("round-robin", 0.9, 0.1)
	file, err := CompareSummaries(dir, []string{"a", "b"}, []Summary{kv, rr})
	require.NoError(t, err)
	require.Equal(t, filepath.Join(dir, ComparePlot), file)
	require.FileExists(t, file)
	text := Table([]string{"a", "b"}, []Summary{kv, rr})
	require.Equal(t, `TTFT mean, ms
prefix ratio       0.1       0.5       0.9
a                900.0     500.0     100.0
b                900.0         -     100.0

`, text[:strings.Index(text, "output")])

	other := summaryOf("kv", 0.1)
	other.Config.ISL, other.Config.Seed, other.Config.Balanced = 7000, 3, true
	_, err = CompareSummaries(dir, []string{"a", "b"}, []Summary{kv, other})
	require.ErrorIs(t, err, ErrMismatch)
	for _, want := range []string{"a has isl 14000, b has isl 7000", "initial_seed", "balanced"} {
		require.ErrorContains(t, err, want)
	}
	upstream := Summary{Config: Config{Model: "m", Tokenizer: "m", ISL: 14000, OSL: 200, Requests: 200, Concurrency: 20}, Points: kv.Points}
	_, err = CompareSummaries(dir, []string{"a", "b"}, []Summary{kv, upstream})
	require.NoError(t, err, "what the original does not say is not compared")
	_, err = CompareSummaries(dir, []string{"a", "a"}, []Summary{kv, rr})
	require.ErrorContains(t, err, "two summaries are called a")
	_, err = CompareSummaries(dir, []string{"a"}, []Summary{kv})
	require.ErrorContains(t, err, "two at least")
	_, err = CompareSummaries(dir, []string{"a", "b"}, []Summary{{}, {}})
	require.ErrorIs(t, err, report.ErrNothing)
}

func TestPythonFloats(t *testing.T) {
	for x, want := range map[float64]string{0.1: "0.1", 1: "1.0", 0: "0.0", 0.00001: "1e-05", 0.05: "0.05", 0.9: "0.9", 1.0 / 3: "0.3333333333333333"} {
		require.Equal(t, want, python(x))
	}
}
