package router

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/fixtures/launch"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/tokens"
)

// Verdict writes what each mode came to against the first one, with intervals
// over the pairs; nothing without a comparison.
func (r *Report) Verdict(w io.Writer) error {
	if r.Comparison == nil || len(r.Arms) < 2 || !r.Arms[0].counts() {
		return nil
	}
	var b strings.Builder
	for _, a := range r.Arms[1:] {
		if !a.counts() {
			continue
		}
		text, pairs := r.against(a)
		switch {
		case pairs > 1:
			fmt.Fprintf(&b, "%s against %s, with 95 %% intervals over %d pairs\n%s", a.Name, r.Arms[0].Name, pairs, text)
		case pairs == 1:
			fmt.Fprintf(&b, "%s against %s, of one pair: nothing says how far the next would be off\n%s", a.Name, r.Arms[0].Name, text)
		}
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// counts says that an arm has figures that stand for its name.
func (s *Summary) counts() bool { return s.Void == "" && len(s.all()) > 0 }

// against is a line for each ratio and metric of an arm, and the pairs that most of
// them have.
func (r *Report) against(a Summary) (text string, pairs int) {
	for _, p := range a.all() {
		level, name := r.Level(p.Ratio), python(p.Ratio)
		if a.Control == p {
			level, name = r.ControlLevel(), "no reuse"
		}
		for _, m := range []metric.Metric{metric.TTFT, metric.OutputTokenThroughput} {
			e, ok := r.ratioAt(Mode(a.Name), m.Def().Key, "avg", level)
			if !ok {
				continue
			}
			title := map[bool]string{true: "TTFT", false: "output tokens/s"}[m.Def().Key == metric.TTFT.Def().Key]
			text += fmt.Sprintf("  %-9s %-16s %s\n", name, title, times(e, m.Def().Direction))
			pairs = max(pairs, e.N)
		}
	}
	return text, pairs
}

// times says a ratio, and what it means for what is better where it is lower, or
// higher. A range of which an end is beyond all use says so.
func times(e result.Estimate, better metric.Direction) string {
	if !e.Bounded() {
		return fmt.Sprintf("x%.3f", e.Value)
	}
	return fmt.Sprintf("x%.3f (%s to %s): %s", e.Value, factor(e.Low), factor(e.High), meaning(e, better))
}

// factor is a factor in three decimals, or that it is out of all proportion.
func factor(x float64) string {
	const least, most = 0.01, 100
	switch {
	case x < least:
		return fmt.Sprintf("under %g", least)
	case x > most:
		return fmt.Sprintf("over %d", int(most))
	}
	return fmt.Sprintf("%.3f", x)
}

// meaning is what an interval of a ratio shows.
func meaning(e result.Estimate, better metric.Direction) string {
	if e.Low <= 1 && e.High >= 1 {
		return "no difference shown"
	}
	near, far := e.Low, e.High
	if e.High < 1 {
		near, far = e.High, e.Low
	}
	low, high := 100*math.Abs(near-1), 100*math.Abs(far-1)
	way := "higher"
	if e.High < 1 {
		way = "lower"
	}
	switch better {
	case metric.LowerIsBetter:
		way += map[bool]string{true: ", better", false: ", worse"}[e.High < 1]
	case metric.HigherIsBetter:
		way += map[bool]string{true: ", better", false: ", worse"}[e.Low > 1]
	}
	return fmt.Sprintf("%.0f to %.0f %% %s", low, high, way)
}

// Tokenizer opens the tokenizer that a user means for a bed: for "auto" and ""
// the model's own where it is found, or that of the small model which process
// engines load unless told otherwise, and else tokens.Approx.
func Tokenizer(name, model string, bed fixtures.Topology) (tokens.Tokenizer, error) {
	t, err := tokens.Auto(name, model)
	if err != nil || t.Name() != tokens.ApproxName || name == tokens.ApproxName {
		return t, err
	}
	own := ownModel(bed.EngineKind)
	if own == "" {
		return t, nil
	}
	path, err := launch.Model(own)
	if err != nil {
		return t, nil // what is missing is said by the engine itself
	}
	found, err := tokens.Open(path)
	if err != nil {
		return t, nil
	}
	return found, nil
}

// ownModel is the model that an engine process loads unless told otherwise.
func ownModel(kind string) string {
	how, rest, _ := strings.Cut(kind, ":")
	name, _, _ := strings.Cut(rest, ":") // arguments may follow
	if how != "process" {
		return ""
	}
	switch name {
	case "mocker":
		return "qwen"
	case "vllm", "dynamo-vllm", "transformers", "sglang", "trtllm":
		return "tiny"
	case "llamacpp":
		return "gemma3"
	}
	return ""
}
