package result

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/dynbench/dynbench/harness/metric"
)

// exportVersion is the version of AIPerf's export whose shape is written.
const exportVersion = "1.4"

// aiperfTime is ISO 8601 local time without zone, as Python's isoformat.
const aiperfTime = "2006-01-02T15:04:05.000000"

// exportJSON is profile_export_aiperf.json: AIPerf's keys, and ours below the
// one key "dynbench".
func exportJSON(run *Run, l *Level) ([]byte, error) {
	out, err := redacted(run)
	if err != nil {
		return nil, err
	}
	o := &object{}
	o.set("schema_version", exportVersion)
	o.set("benchmark_id", run.RunID)
	for _, key := range slices.Sorted(maps.Keys(l.Stats)) {
		o.set(key, statsObject(l.Stats[key]))
	}
	o.setIf(run.Target.GPUs > 0, "cluster", map[string]int{"num_gpus": run.Target.GPUs})
	o.set("input_config", inputConfig(out, l))
	o.set("run_info", runInfo(out, l))
	o.set("was_cancelled", l.State == LevelPartial)
	o.set("is_complete", l.State.Whole() || l.State == LevelFailed && l.Window.Complete)
	o.setIf(l.Reason != "", "incomplete_reason", RedactText(l.Reason))
	o.set("error_summary", errorSummary(l.Failures))
	o.setIf(!l.Started.IsZero(), "start_time", l.Started.Local().Format(aiperfTime))
	o.setIf(!l.Ended.IsZero(), "end_time", l.Ended.Local().Format(aiperfTime))
	o.set("dynbench", ownBlock(run, l))
	return marshal(o)
}

// statsObject has avg alone for a metric of the level, all figures for others.
func statsObject(s metric.Stats) *object {
	o := &object{}
	o.set("unit", s.Unit)
	o.setFinite("avg", s.Avg)
	if len(s.P) == 0 {
		return o
	}
	for _, q := range s.P {
		o.setFinite(percentileKey(q.P), q.Value)
	}
	o.setFinite("min", s.Min)
	o.setFinite("max", s.Max)
	o.setFinite("std", s.Std)
	o.set("count", s.Count)
	o.setFinite("sum", s.Sum)
	return o
}

func percentileKey(p float64) string { return "p" + strconv.FormatFloat(p, 'g', -1, 64) }

func inputConfig(run *Run, l *Level) *object {
	o := &object{}
	o.set("models", map[string]any{"items": []any{map[string]string{"name": run.Target.Model}}})
	o.set("endpoint", map[string]any{"urls": []string{run.Target.URL}, "type": endpointType(run), "streaming": true})
	o.set("datasets", []any{dataset(run)})
	phases := []any{}
	if l.Window.Warmup > 0 {
		phases = append(phases, phase(run, l, "warmup", l.Window.Warmup))
	}
	o.set("phases", append(phases, phase(run, l, "profiling", l.Window.Planned)))
	o.setIf(len(run.Goodput) > 0, "slos", run.Goodput)
	o.set("artifacts", map[string]any{})
	o.set("runtime", map[string]any{})
	return o
}

func endpointType(run *Run) string {
	if t, ok := run.Workload.Params["endpoint_type"].(string); ok {
		return t
	}
	return "chat"
}

func dataset(run *Run) *object {
	o := &object{}
	o.set("name", "main")
	o.set("type", run.Workload.Kind)
	prompts := &object{}
	prompts.setIf(run.Workload.ISL > 0, "isl", spread{run.Workload.ISL, run.Workload.ISLStd})
	prompts.setIf(run.Workload.OSL > 0, "osl", spread{run.Workload.OSL, run.Workload.OSLStd})
	o.setIf(len(prompts.keys) > 0, "prompts", prompts)
	o.setIf(run.Workload.Prompts > 0, "entries", run.Workload.Prompts)
	return o
}

type spread struct {
	Mean float64 `json:"mean"`
	Std  float64 `json:"stddev,omitempty"`
}

func phase(run *Run, l *Level, name string, requests int) *object {
	o := &object{}
	o.set("name", name)
	o.set("kind", name)
	o.set("type", run.Load.Kind)
	o.setIf(requests > 0, "requests", requests)
	o.setIf(l.Concurrency > 0, "concurrency", l.Concurrency)
	if rate, ok := l.Axes["rate"]; ok {
		o.set("rate", rate)
	}
	return o
}

func runInfo(run *Run, l *Level) *object {
	o := &object{}
	o.set("benchmark_id", run.RunID)
	o.set("random_seed", run.Seed)
	o.set("trial", l.Repeat)
	o.setIf(run.Command != "", "cli_command", run.Command)
	return o
}

type errorEntry struct {
	Details errorDetails `json:"error_details"`
	Count   int          `json:"count"`
}

type errorDetails struct {
	Code    *int   `json:"code,omitempty"`
	Type    string `json:"type"`
	Message string `json:"message"`
}

func errorSummary(groups []ErrorGroup) []errorEntry {
	out := make([]errorEntry, 0, len(groups))
	for _, g := range groups {
		e := errorEntry{errorDetails{Type: g.Type, Message: RedactText(g.Message)}, g.Count}
		if g.Code != 0 {
			e.Details.Code = &g.Code
		}
		out = append(out, e)
	}
	return out
}

// lowConfidence lists "metric.pN" for the percentiles with few values beyond.
func lowConfidence(stats metric.Values) []string {
	out := []string{}
	for _, key := range slices.Sorted(maps.Keys(stats)) {
		for _, q := range stats[key].P {
			if q.LowConfidence {
				out = append(out, fmt.Sprintf("%s.%s", key, percentileKey(q.P)))
			}
		}
	}
	return out
}

// localTime reads AIPerf's times; a zone is accepted too.
func localTime(s string) time.Time {
	for _, layout := range []string{"2006-01-02T15:04:05.999999", time.RFC3339Nano} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t
		}
	}
	return time.Time{}
}
