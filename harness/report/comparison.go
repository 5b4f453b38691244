package report

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/internal/atomicfile"
)

// ComparisonOptions change what WriteComparison makes.
type ComparisonOptions struct {
	NoPlot bool // SUMMARY.txt alone, which names the plots that are there
}

// comparisonPlot is how the plots of a comparison are called, before their axis.
const comparisonPlot = "comparison_vs_"

// ComparisonFiles are the names of the files in dir that WriteComparison made.
func ComparisonFiles(dir string) []string {
	names := comparisonPlots(dir)
	if _, err := os.Lstat(filepath.Join(dir, SummaryText)); err == nil {
		names = append(names, SummaryText)
	}
	return names
}

func comparisonPlots(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), comparisonPlot) && strings.HasSuffix(e.Name(), ".png") {
			names = append(names, e.Name())
		}
	}
	return names
}

// WriteComparison writes SUMMARY.txt and the plot of a comparison into dir, and
// returns their paths. A comparison in which nothing was measured has no plot.
func WriteComparison(dir string, c *result.Comparison, o ComparisonOptions) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make folder of the comparison: %w", err)
	}
	var paths []string
	plots := comparisonPlots(dir)
	if !o.NoPlot {
		file, img := drawComparison(c)
		if img != nil {
			b, err := encode(img)
			if err != nil {
				return nil, fmt.Errorf("draw %s: %w", file, err)
			}
			path := filepath.Join(dir, file)
			if err := atomicfile.Write(path, b); err != nil {
				return nil, err
			}
			paths = append(paths, path)
			if !slices.Contains(plots, file) {
				plots = append(plots, file)
			}
		}
	}
	var text bytes.Buffer
	if err := WriteComparisonText(&text, c, plots); err != nil {
		return paths, err
	}
	path := filepath.Join(dir, SummaryText)
	return append(paths, path), atomicfile.Write(path, text.Bytes())
}
