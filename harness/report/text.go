package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/dynbench/dynbench/harness/result"
)

// WriteText writes the summary in words: first the block of the original
// Dynamo benchmark, then the table, then each benchmark, then the warnings.
func (s Summary) WriteText(w io.Writer) error {
	var b strings.Builder
	s.original(&b)
	b.WriteString("\nLevels:\n\n")
	runs := make([]*result.Run, len(s.Benchmarks))
	for i := range s.Benchmarks {
		runs[i] = s.Benchmarks[i].run
	}
	if err := Table(&b, runs); err != nil {
		return err
	}
	for _, x := range s.Benchmarks {
		b.WriteString("\n" + x.Name + ":\n")
		for _, line := range x.lines() {
			b.WriteString("  " + line + "\n")
		}
	}
	s.warnings(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// original writes the original's block, byte for byte but for the newline at
// its end and for the plots that it did not have.
func (s Summary) original(b *strings.Builder) {
	fmt.Fprintf(b, "Benchmark Results Summary\n%s\n\n", strings.Repeat("=", 30))
	fmt.Fprintf(b, "Results directory: %s\nPlots generated: %s\n\nDeployment Types Found:\n", s.ResultsDir, s.PlotsDir)
	for _, x := range s.Benchmarks {
		if count, low, high := levelRange(x.run); count > 0 {
			fmt.Fprintf(b, "  %s: %d %s levels (%g-%g)\n", x.Name, count, strings.ToLower(chooseAxis([]*result.Run{x.run}).word), low, high)
		} else if len(x.Levels) > 0 { // a trace has no number to order levels by
			fmt.Fprintf(b, "  %s: %d levels\n", x.Name, len(x.Levels))
		}
	}
	b.WriteString("\nGenerated Plots:\n")
	for _, p := range s.Plots {
		fmt.Fprintf(b, "  - %s\n", p)
	}
	if len(s.Plots) == 0 {
		b.WriteString("  (none)\n")
	}
}

// levelRange is the number of different levels with data, the lowest and the
// highest of them.
func levelRange(r *result.Run) (count int, low, high float64) {
	a := chooseAxis([]*result.Run{r})
	var xs []float64
	for _, l := range measured(r) {
		if x, ok := coordinates(l)[a.key]; ok {
			xs = append(xs, x)
		}
	}
	if xs = distinct(xs); len(xs) == 0 {
		return 0, 0, 0
	}
	return len(xs), xs[0], xs[len(xs)-1]
}

// lines are what there is to say of one benchmark.
func (x Benchmark) lines() []string {
	throughput := "no data"
	if x.MaxThroughput != nil {
		throughput = fmt.Sprintf("%s req/s (%s)", number(x.MaxThroughput.Value), x.MaxThroughput.Level)
	}
	lines := []string{"Max throughput: " + throughput, "P50 TTFT: " + listed(x.TTFT, "ms"), "P50 ITL: " + listed(x.ITL, "ms")}
	if len(x.Steady) > 0 {
		lines = append(lines, "Steady throughput, where it differs: "+listed(x.Steady, "req/s"))
	}
	lines = append(lines, fmt.Sprintf("Errors: %d of %d requests", x.Errors, x.Requests))
	lines = append(lines, x.failures()...)
	for _, g := range []struct {
		what   string
		levels []string
	}{{"Failed", x.Failed}, {"Degraded", x.Degraded}, {"Partial", x.Partial}, {"Missing", x.Missing}} {
		if len(g.levels) > 0 {
			lines = append(lines, fmt.Sprintf("%s levels: %s", g.what, strings.Join(x.withReasons(g.levels), ", ")))
		}
	}
	lines = append(lines, "GPUs: "+x.gpus(), "Output length: "+x.osl())
	if x.Tokenizer != "" || x.TokenSource != "" {
		lines = append(lines, x.tokens())
	}
	lines = append(lines, x.observed()...)
	return append(lines, x.verdict()...)
}

func (s Summary) warnings(b *strings.Builder) {
	b.WriteString("\nWarnings:\n")
	none := true
	for _, x := range s.Benchmarks {
		for _, w := range x.Warnings {
			fmt.Fprintf(b, "  %s: %s\n", x.Name, w)
			none = false
		}
	}
	if none {
		b.WriteString("  none\n")
	}
}
