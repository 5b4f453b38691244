package router

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dynbench/dynbench/harness/report"
)

// ErrMismatch is in the error of CompareSummaries for summaries that were not
// asked the same.
var ErrMismatch = errors.New("configurations differ")

// CompareSummaries draws the summaries of folders beside each other, by the name
// that each is to have: plots.png in dir. Ratios are joined by value: one that is
// missing somewhere is left out there. Summaries of different configurations are
// an error that names every difference. It returns the plot's path.
func CompareSummaries(dir string, names []string, summaries []Summary) (string, error) {
	if len(names) < 2 || len(names) != len(summaries) {
		return "", fmt.Errorf("compare: %d summaries under %d names: want two at least, each with its name", len(summaries), len(names))
	}
	var errs []error
	for i := range summaries {
		if slices.Contains(names[:i], names[i]) {
			errs = append(errs, fmt.Errorf("compare: two summaries are called %s", names[i]))
		}
		for _, d := range differences(summaries[0].Config, summaries[i].Config) {
			errs = append(errs, fmt.Errorf("compare: %w: %s has %s, %s has %s", ErrMismatch, names[0], d.a, names[i], d.b))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return "", err
	}
	arms := slices.Clone(summaries)
	for i := range arms {
		arms[i].Name = names[i]
	}
	files, err := plotComparison(dir, arms, nil, func(float64) string { return "" })
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("compare: %w", report.ErrNothing)
	}
	if err != nil {
		return "", err
	}
	return filepath.Clean(files[0]), nil
}

type difference struct{ a, b string }

// differences are the settings that two summaries have in different values.
// Settings that only newer summaries name, and the tokenizer's path, are
// compared where both have them.
func differences(a, b Config) []difference {
	var out []difference
	add := func(name string, x, y any, both bool) {
		if both && x != y {
			out = append(out, difference{fmt.Sprintf("%s %v", name, x), fmt.Sprintf("%s %v", name, y)})
		}
	}
	add("model", a.Model, b.Model, true)
	add("isl", a.ISL, b.ISL, true)
	add("osl", a.OSL, b.OSL, true)
	add("requests", a.Requests, b.Requests, true)
	add("concurrency", a.Concurrency, b.Concurrency, true)
	add("initial_seed", a.Seed, b.Seed, true)
	add("tp", a.TP, b.TP, a.TP != 0 && b.TP != 0)
	add("gpu_sku", a.GPU, b.GPU, a.GPU != "" && b.GPU != "")
	both := a.Prefixes != 0 && b.Prefixes != 0 // summaries of this tool
	add("num_prefix_prompts", a.Prefixes, b.Prefixes, both)
	add("balanced", a.Balanced, b.Balanced, both)
	add("use_expected_osl", a.ExpectedOSL, b.ExpectedOSL, both)
	return out
}

// Table is the TTFT and throughput of summaries, joined by ratio, as text.
func Table(names []string, summaries []Summary) string {
	ratios := map[float64]bool{}
	for _, s := range summaries {
		for _, p := range s.Points {
			ratios[p.Ratio] = true
		}
	}
	width := 12
	for _, n := range names {
		width = max(width, len(n)+2)
	}
	var b strings.Builder
	row := func(first string, cell func(s Summary) string) {
		fmt.Fprintf(&b, "%-8s", first)
		for _, s := range summaries {
			fmt.Fprintf(&b, "%*s", width, cell(s))
		}
		b.WriteByte('\n')
	}
	for _, t := range []struct {
		title string
		of    func(Point) Number
		form  string
	}{
		{"TTFT mean, ms", func(p Point) Number { return p.TTFT.Avg }, "%.1f"},
		{"output tokens/s", func(p Point) Number { return p.Throughput }, "%.1f"},
		{"good requests/s", func(p Point) Number { return p.Goodput }, "%.2f"},
		{"cached share of the input", func(p Point) Number { return p.HitRate }, "%.3f"},
	} {
		fmt.Fprintf(&b, "%s\n%-8s", t.title, "ratio")
		for _, n := range names {
			fmt.Fprintf(&b, "%*s", width, n)
		}
		b.WriteByte('\n')
		cell := func(p *Point) string {
			if p == nil || !t.of(*p).Known() {
				return "-"
			}
			return fmt.Sprintf(t.form, float64(t.of(*p)))
		}
		for _, r := range slices.Sorted(maps.Keys(ratios)) {
			row(python(r), func(s Summary) string { return cell(s.Point(r)) })
		}
		if slices.ContainsFunc(summaries, func(s Summary) bool { return s.Control != nil }) {
			row("none", func(s Summary) string { return cell(s.Control) })
		}
		b.WriteByte('\n')
	}
	return b.String()
}
