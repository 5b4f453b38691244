package router

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

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

// Table is the TTFT, throughput, goodput and hit rate of summaries as text: a line
// each, a column for each ratio, by its value.
func Table(names []string, summaries []Summary) string {
	ratios := map[float64]bool{}
	control := false
	for _, s := range summaries {
		control = control || s.Control != nil
		for _, p := range s.Points {
			ratios[p.Ratio] = true
		}
	}
	columns := slices.Sorted(maps.Keys(ratios))
	width := len("prefix ratio")
	for _, n := range names {
		width = max(width, utf8.RuneCountInString(n))
	}
	var b strings.Builder
	for _, t := range tables() {
		fmt.Fprintf(&b, "%s\n%-*s", t.title, width, "prefix ratio")
		for _, r := range columns {
			fmt.Fprintf(&b, " %9.4g", r)
		}
		if control {
			fmt.Fprintf(&b, " %9s", "no reuse")
		}
		for i, s := range summaries {
			fmt.Fprintf(&b, "\n%-*s", width, names[i])
			for _, r := range columns {
				fmt.Fprintf(&b, " %9s", t.cell(s.Point(r)))
			}
			if control {
				fmt.Fprintf(&b, " %9s", t.cell(s.Control))
			}
		}
		b.WriteString("\n\n")
	}
	return b.String()
}

// figureTable is one of the tables of a Table.
type figureTable struct {
	title string
	of    func(Point) Number
	form  string
}

func tables() []figureTable {
	return []figureTable{
		{"TTFT mean, ms", func(p Point) Number { return p.TTFT.Avg }, "%.1f"},
		{"output tokens/s", func(p Point) Number { return p.Throughput }, "%.1f"},
		{"good requests/s", func(p Point) Number { return p.Goodput }, "%.2f"},
		{"cached share of the input", func(p Point) Number { return p.HitRate }, "%.3f"},
	}
}

func (t figureTable) cell(p *Point) string {
	if p == nil || !t.of(*p).Known() {
		return "-"
	}
	return fmt.Sprintf(t.form, float64(t.of(*p)))
}
