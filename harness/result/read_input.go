package result

import "encoding/json"

// inputFacts is what is taken from an export's input_config.
type inputFacts struct {
	model, url  string
	isl, osl    float64
	concurrency int
}

// parseInput reads the nested form of AIPerf 1.2 and up, the flat user config
// of AIPerf before, and that of genai-perf. What is not there stays empty.
func parseInput(raw json.RawMessage) inputFacts {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return inputFacts{}
	}
	f := inputFacts{
		model: firstString(v, path{"models", "items", 0, "name"}, path{"endpoint", "model_names", 0}, path{"model_names", 0}, path{"model"}),
		url:   firstString(v, path{"endpoint", "urls", 0}, path{"endpoint", "url"}, path{"url"}, path{"u"}),
		isl: firstNumber(v, path{"datasets", 0, "prompts", "isl", "mean"}, path{"input", "prompt", "input_tokens", "mean"},
			path{"input", "synthetic_tokens", "mean"}, path{"synthetic_input_tokens_mean"}),
		osl: firstNumber(v, path{"datasets", 0, "prompts", "osl", "mean"}, path{"input", "prompt", "output_tokens", "mean"},
			path{"input", "output_tokens", "mean"}, path{"output_tokens_mean"}),
	}
	c := firstNumber(v, path{"loadgen", "concurrency"}, path{"perf_analyzer", "stimulus", "concurrency"}, path{"concurrency"})
	if c == 0 {
		c = phaseConcurrency(v)
	}
	f.concurrency = count(c)
	return f
}

// phaseConcurrency is that of the last phase: profiling comes after warm-up.
func phaseConcurrency(v any) float64 {
	phases, _ := at(v, path{"phases"}).([]any)
	if len(phases) == 0 {
		return 0
	}
	return firstNumber(phases[len(phases)-1], path{"concurrency"})
}

// path leads through objects by name and lists by index.
type path []any

func at(v any, p path) any {
	for _, step := range p {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil
			}
			v = list[step]
		}
	}
	return v
}

func firstString(v any, paths ...path) string {
	for _, p := range paths {
		if s, ok := at(v, p).(string); ok && s != "" {
			return s
		}
	}
	return ""
}

func firstNumber(v any, paths ...path) float64 {
	for _, p := range paths {
		if f, ok := at(v, p).(float64); ok && f != 0 {
			return f
		}
	}
	return 0
}
