package report

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/result"
)

// comparisons are what every change of the drawing is looked at with.
func comparisons() map[string]*result.Comparison {
	ratios := []float64{0.1, 0.3, 0.5, 0.7, 0.9}
	return map[string]*result.Comparison{
		"two":         comparedOver("prefix_ratio", ratios, 5, modes(2)),
		"eight":       comparedOver("prefix_ratio", ratios, 5, modes(8)),
		"concurrency": comparedOver(concurrency, []float64{1, 4, 16, 64}, 5, modes(3)),
		"single":      comparedOver("prefix_ratio", []float64{0.9}, 5, modes(4)),
		"one-pair":    comparedOver("prefix_ratio", ratios, 1, modes(3)),
	}
}

func TestComparisonGallery(t *testing.T) {
	dir := os.Getenv("DYNBENCH_GALLERY")
	if dir == "" {
		t.Skip("DYNBENCH_GALLERY names no folder")
	}
	for name, c := range comparisons() {
		_, err := WriteComparison(filepath.Join(dir, "comparison-"+name), c, ComparisonOptions{})
		require.NoError(t, err)
	}
}

func TestComparisonSummary(t *testing.T) {
	c := comparedOver("prefix_ratio", []float64{0.1, 0.9}, 3, modes(3))
	c.State, c.Reason = result.ComparisonPartial, "2 of 3 pairs are good in every arm"
	c.Pairs = append(c.Pairs, result.ComparisonPair{Number: 4, Repeat: 2})
	c.Arms[2].Failed, c.Arms[2].Dropped = 4, "failed 4 times in a row, the last: no such binary"
	c.Levels[1].Arms[1].Errors, c.Levels[1].Arms[1].CachedInput = 3, 0
	one := c.Rows[6].Arms[1].Ratio
	one.Low, one.High, one.N = math.Inf(-1), math.Inf(1), 1
	c.Verdict.Rows = []result.Row{{Goal: "avg time_to_first_token of kv / round-robin <= 0.8", Level: "p0.9", Value: 0.3, Low: 0.28, High: 0.33, N: 3, Unit: "ratio", Status: result.Pass}}
	c.Warnings = []string{"pair 2: kv-approx does not count: run failed (repeated as pair 4)"}
	var b bytes.Buffer
	require.NoError(t, WriteComparisonText(&b, c, []string{"comparison_vs_prefix_ratio.png"}))
	golden := filepath.Join("testdata", "comparison.txt")
	if *update {
		require.NoError(t, os.WriteFile(golden, b.Bytes(), 0o644))
	}
	require.Equal(t, string(read(t, golden)), b.String())
}

func TestAComparisonIsDrawnOverItsAxis(t *testing.T) {
	for name, want := range map[string]string{
		"two": "comparison_vs_prefix_ratio.png", "concurrency": "comparison_vs_concurrency.png", "single": "comparison_vs_concurrency.png",
	} {
		file, img := drawComparison(comparisons()[name])
		require.Equal(t, want, file)
		require.NotNil(t, img)
	}
	empty := &result.Comparison{Arms: []result.ComparisonArm{{Name: "a"}, {Name: "b"}}}
	_, img := drawComparison(empty)
	require.Nil(t, img)
}

func TestPointsOfAComparison(t *testing.T) {
	c := comparedOver("prefix_ratio", []float64{0.9, 0.1}, 5, modes(2))
	runs := armsAsRuns(c)
	a := chooseAxis(runs)
	gs := groups(runs, a, Options{})
	require.Equal(t, "prefix_ratio", a.key)
	spec := comparisonPanels()[3]
	pts := armPoints(c, gs[1], spec)
	require.Len(t, pts, 2)
	require.Less(t, pts[0].x, pts[1].x, "ascending, whatever the order of the levels")
	e, ok := c.Mean("kv", keyCacheHit, "avg", "p0.9")
	require.True(t, ok)
	require.Equal(t, point{x: 0.9, y: 100 * e.Value, low: 100 * e.Low, high: 100 * e.High}, pts[1])

	wide := &c.Row(keyTTFT, "avg", "p0.1").Arms[1]
	wide.Mean.Low = -5
	pts = armPoints(c, gs[1], comparisonPanels()[0])
	require.Zero(t, pts[0].low, "no latency is below 0")
	wide.Mean = result.Estimate{Value: 7, Low: math.Inf(-1), High: math.Inf(1), N: 1}
	pts = armPoints(c, gs[1], comparisonPanels()[0])
	require.Equal(t, point{x: 0.1, y: 7, low: 7, high: 7, hollow: true}, pts[0])
}

func TestWriteComparisonTwiceGivesTheSameBytes(t *testing.T) {
	c, dir := comparisons()["two"], t.TempDir()
	files, err := WriteComparison(dir, c, ComparisonOptions{})
	require.NoError(t, err)
	require.Len(t, files, 2)
	require.ElementsMatch(t, []string{SummaryText, "comparison_vs_prefix_ratio.png"}, ComparisonFiles(dir))
	first := [][]byte{read(t, files[0]), read(t, files[1])}
	_, err = WriteComparison(dir, c, ComparisonOptions{})
	require.NoError(t, err)
	require.True(t, bytes.Equal(first[0], read(t, files[0])) && bytes.Equal(first[1], read(t, files[1])))
	again, err := WriteComparison(dir, c, ComparisonOptions{NoPlot: true})
	require.NoError(t, err)
	require.Equal(t, files[1:], again, "the plot that is there is named, not drawn")
	require.Equal(t, string(first[1]), string(read(t, files[1])))
}
