package router

import (
	"fmt"
	"io"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/fixtures/launch"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/tokens"
)

// Verdict writes what each mode came to against the first one, with intervals
// over the pairs; nothing without a comparison.
func (r *Report) Verdict(w io.Writer) error {
	if r.Comparison == nil || len(r.Arms) < 2 {
		return nil
	}
	base := r.Arms[0]
	for _, a := range r.Arms[1:] {
		if a.Void != "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "%s against %s\n", a.Name, base.Name); err != nil {
			return err
		}
		for _, p := range a.all() {
			level, name := r.Level(p.Ratio), python(p.Ratio)
			if a.Control == p {
				level, name = r.ControlLevel(), "none"
			}
			for _, m := range []metric.Metric{metric.TTFT, metric.OutputTokenThroughput} {
				e, ok := r.ratioAt(Mode(a.Name), m.Def().Key, "avg", level)
				if !ok {
					continue
				}
				if _, err := fmt.Fprintf(w, "  %-6s %-26s %s\n", name, m.Def().Title, times(e)); err != nil {
					return err
				}
			}
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}

// times says a ratio.
func times(e result.Estimate) string {
	if !e.Bounded() {
		return fmt.Sprintf("x%.3f, of one pair", e.Value)
	}
	return fmt.Sprintf("x%.3f (95 %% of %.3f to %.3f, %d pairs)", e.Value, e.Low, e.High, e.N)
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
	switch kind {
	case "process:mocker":
		return "qwen"
	case "process:vllm", "process:dynamo-vllm", "process:transformers", "process:sglang", "process:trtllm":
		return "tiny"
	case "process:llamacpp":
		return "gemma3"
	}
	return ""
}
