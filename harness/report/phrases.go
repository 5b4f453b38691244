package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dynbench/dynbench/harness/result"
)

func listed(values []At, unit string) string {
	if len(values) == 0 {
		return "no data"
	}
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = fmt.Sprintf("%s %s (%s)", number(v.Value), unit, v.Level)
	}
	if len(parts) > 12 { // the table and SUMMARY.json have them all
		parts = slices.Concat(parts[:6], []string{"..."}, parts[len(parts)-3:])
	}
	return strings.Join(parts, ", ")
}

// failures are the most frequent kinds of errors.
func (x Benchmark) failures() []string {
	const most = 5
	type kind struct {
		code    int
		errType string
		message string
	}
	counts, levels := map[kind]int{}, map[kind][]string{}
	var order []kind
	for i := range x.run.Levels {
		l := &x.run.Levels[i]
		for _, f := range l.Failures {
			k := kind{f.Code, f.Type, f.Message}
			if counts[k] == 0 {
				order = append(order, k)
			}
			counts[k] += f.Count
			at := levels[k]
			addOnce(&at, l.Name)
			levels[k] = at
		}
	}
	slices.SortStableFunc(order, func(a, b kind) int { return counts[b] - counts[a] })
	var lines []string
	for _, k := range order[:min(len(order), most)] {
		what := k.errType
		if k.code != 0 {
			what = fmt.Sprintf("%s %d", what, k.code)
		}
		lines = append(lines, fmt.Sprintf("  %d x %s: %s (%s)", counts[k], what, oneLine(k.message), strings.Join(levels[k], ", ")))
	}
	if len(order) > most {
		lines = append(lines, fmt.Sprintf("  and %d further kinds", len(order)-most))
	}
	return lines
}

// oneLine cuts a server's message to what fits a line.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 100 {
		s = string(r[:100]) + "..."
	}
	return s
}

func (x Benchmark) withReasons(levels []string) []string {
	out := slices.Clone(levels)
	for i, name := range levels {
		if l := x.run.Level(name); l != nil && l.Reason != "" {
			out[i] += " (" + oneLine(l.Reason) + ")"
		}
	}
	return out
}

func (x Benchmark) gpus() string {
	if x.GPUs == nil {
		return "unknown"
	}
	return fmt.Sprint(*x.GPUs)
}

func (x Benchmark) osl() string {
	switch {
	case x.OSL == nil:
		return "no data"
	case x.OSLTarget == nil:
		return number(*x.OSL) + " tokens"
	}
	return fmt.Sprintf("%s tokens, %s asked for (%+.1f %%)", number(*x.OSL), number(*x.OSLTarget), 100**x.OSLDeviation)
}

func (x Benchmark) tokens() string {
	var parts []string
	if x.TokenSource != "" {
		by := map[string]string{
			"usage": "the server's usage", "tokenizer": "the tokenizer, from the text", "chunks": "content events, one each",
			"mixed": "several, see the warnings",
		}[x.TokenSource]
		parts = append(parts, "output tokens counted by "+cmp.Or(by, x.TokenSource))
	}
	switch x.Tokenizer {
	case "":
	case "approx":
		parts = append(parts, "tokenizer approx: prompt lengths are estimates")
	default:
		parts = append(parts, "tokenizer "+x.Tokenizer)
	}
	return "Tokens: " + strings.Join(parts, "; ")
}

func (x Benchmark) verdict() []string {
	rows := x.Assertions.Rows
	if len(rows) == 0 {
		return []string{"Verdict: none (no goals)"}
	}
	lines := []string{fmt.Sprintf("Verdict: %s (%d of %d goals failed)", x.Verdict, len(x.Assertions.Failed()), len(rows))}
	for _, r := range rows {
		line := fmt.Sprintf("  %-12s %s at %s: %s", r.Status, r.Goal, r.Level, "no data")
		if !math.IsNaN(r.Value) && r.Status != result.NoData {
			line = fmt.Sprintf("  %-12s %s at %s: %s %s%s, n=%d", r.Status, r.Goal, r.Level, number(r.Value), r.Unit, interval(r), r.N)
		}
		if r.Note != "" {
			line += ", " + r.Note
		}
		lines = append(lines, line)
	}
	return lines
}

// interval is the row's, empty where it has no end.
func interval(r result.Row) string {
	if math.IsInf(r.Low, 0) && math.IsInf(r.High, 0) {
		return ""
	}
	return fmt.Sprintf(" [%s, %s]", number(r.Low), number(r.High))
}
