package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/dynbench/dynbench/harness/result"
)

// WriteComparisonText writes a comparison in words: what was compared, the tables,
// the verdict, the warnings.
func WriteComparisonText(w io.Writer, c *result.Comparison, plots []string) error {
	var b strings.Builder
	title := "Comparison " + c.Name
	fmt.Fprintf(&b, "%s\n%s\n\n", title, strings.Repeat("=", len(title)))
	fmt.Fprintf(&b, "State: %s\n", stateLine(c))
	fmt.Fprintf(&b, "Pairs: %s\n", pairsLine(c))
	for i, a := range c.Arms {
		fmt.Fprintf(&b, "  %-*s  %s\n", armWidth(c), a.Name, armLine(a, i == 0))
	}
	if len(plots) > 0 {
		fmt.Fprintf(&b, "Plots: %s\n", strings.Join(plots, ", "))
	}
	b.WriteString("\n")
	if err := ComparisonTable(&b, c); err != nil {
		return err
	}
	comparisonVerdict(&b, c)
	b.WriteString("\nWarnings:\n")
	for _, x := range c.Warnings {
		fmt.Fprintf(&b, "  %s\n", x)
	}
	if len(c.Warnings) == 0 {
		b.WriteString("  none\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func stateLine(c *result.Comparison) string {
	if c.Reason != "" {
		return string(c.State) + " (" + oneLine(c.Reason) + ")"
	}
	return string(c.State)
}

// pairsLine counts the pairs, and those of them that repeat another.
func pairsLine(c *result.Comparison) string {
	repeats := 0
	for _, p := range c.Pairs {
		if p.Repeat > 0 {
			repeats++
		}
	}
	line := fmt.Sprintf("%d planned, %d run", c.Planned, len(c.Pairs)-repeats)
	if repeats > 0 {
		line += fmt.Sprintf(", %d repeated", repeats)
	}
	return line + fmt.Sprintf("; arms in random order in each, seed %d", c.Seed)
}

func armWidth(c *result.Comparison) int {
	width := 0
	for _, a := range c.Arms {
		width = max(width, len(a.Name))
	}
	return width
}

func armLine(a result.ComparisonArm, base bool) string {
	line := fmt.Sprintf("%d good runs", a.Good)
	if a.Failed > 0 {
		line += fmt.Sprintf(", %d failed", a.Failed)
	}
	if base {
		line += "; the base"
	}
	if a.Dropped != "" {
		line += "; left out: " + oneLine(a.Dropped)
	}
	return line
}

func comparisonVerdict(b *strings.Builder, c *result.Comparison) {
	if len(c.Verdict.Rows) == 0 {
		return
	}
	x := Benchmark{Verdict: string(c.Verdict.Status()), Assertions: c.Verdict}
	b.WriteString("\n")
	for _, line := range x.verdict() {
		b.WriteString(line + "\n")
	}
}
