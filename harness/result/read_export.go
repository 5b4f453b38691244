package result

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dynbench/dynbench/harness/metric"
)

// exportNames are the names of exports, the newest dialect first.
func exportNames() []string { return []string{ExportFile, "profile_export_genai_perf.json"} }

// export is what one export file of any dialect says.
type export struct {
	version     string // "" before 1.0 and for genai-perf
	stats       metric.Values
	failures    []ErrorGroup
	gpus        int
	cancelled   bool
	complete    bool // true where the dialect does not say
	start, end  time.Time
	benchmarkID string
	seed        int64
	input       inputFacts
	own         *ownExport // nil for exports of other tools
}

func readExport(path string) (*export, error) {
	b, err := readBounded(path)
	if err != nil {
		return nil, err
	}
	e, err := parseExport(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return e, nil
}

// parseExport reads the common shape of all dialects: one object a metric at
// the top level, told from the other keys by its unit and a number.
func parseExport(b []byte) (*export, error) {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(b, &keys); err != nil {
		return nil, err
	}
	if keys == nil {
		return nil, fmt.Errorf("null is no export")
	}
	e := &export{stats: metric.Values{}, complete: true}
	for key, raw := range keys {
		if s, ok := parseStats(key, raw); ok {
			e.stats[key] = s
		}
	}
	var fixed struct {
		Version   string `json:"schema_version"`
		ID        string `json:"benchmark_id"`
		Cancelled bool   `json:"was_cancelled"`
		Complete  *bool  `json:"is_complete"`
		Start     string `json:"start_time"`
		End       string `json:"end_time"`
		Cluster   struct {
			GPUs int `json:"num_gpus"`
		} `json:"cluster"`
		RunInfo struct {
			Seed *int64 `json:"random_seed"`
		} `json:"run_info"`
		Errors []errorEntry `json:"error_summary"`
		Own    *ownExport   `json:"dynbench"`
	}
	if err := json.Unmarshal(b, &fixed); err != nil {
		return nil, err
	}
	if err := checkExportVersion(fixed.Version); err != nil {
		return nil, err
	}
	e.version, e.benchmarkID, e.cancelled, e.own = fixed.Version, fixed.ID, fixed.Cancelled, fixed.Own
	e.start, e.end, e.gpus = localTime(fixed.Start), localTime(fixed.End), fixed.Cluster.GPUs
	e.complete = fixed.Complete == nil || *fixed.Complete
	if fixed.RunInfo.Seed != nil {
		e.seed = *fixed.RunInfo.Seed
	}
	for _, f := range fixed.Errors {
		e.failures = append(e.failures, ErrorGroup{int(orElse(toFloat(f.Details.Code), 0)), f.Details.Type, f.Details.Message, f.Count})
	}
	e.input = parseInput(keys["input_config"])
	return e, nil
}

func toFloat(p *int) *float64 {
	if p == nil {
		return nil
	}
	f := float64(*p)
	return &f
}

// checkExportVersion refuses a higher major than 1.
func checkExportVersion(v string) error {
	if v == "" {
		return nil
	}
	major, _, _ := strings.Cut(v, ".")
	if n, err := strconv.Atoi(major); err != nil || n > 1 {
		return fmt.Errorf("export of schema version %q: this version reads 1.x", v)
	}
	return nil
}

// parseStats reads one metric; false for a key that is none. A percentile of
// another tool has no interval: both ends are infinite.
func parseStats(key string, raw json.RawMessage) (metric.Stats, bool) {
	var f map[string]any
	if json.Unmarshal(raw, &f) != nil {
		return metric.Stats{}, false
	}
	unit, hasUnit := f["unit"].(string)
	avg, hasAvg := f["avg"].(float64)
	if !hasUnit || !hasAvg {
		return metric.Stats{}, false
	}
	scale := 1.0
	if m, ok := metric.Standard().Find(key); ok && m.Def().Unit != unit && nsPer[unit] > 0 {
		scale = unitScale(unit, m.Def().Unit)
		unit = m.Def().Unit
	}
	get := func(name string) float64 { v, _ := f[name].(float64); return v * scale }
	s := metric.Stats{Unit: unit, Avg: avg * scale, Min: get("min"), Max: get("max"), Std: get("std"), Sum: get("sum"), Method: metric.Exact}
	s.Count = count(f["count"])
	for _, p := range metric.Points() {
		if v, ok := f[percentileKey(p)].(float64); ok {
			s.P = append(s.P, unbounded(p, v*scale))
		}
	}
	if len(s.P) == 0 {
		s.Method = metric.OneLevel
		s.Sum, s.Min, s.Max = s.Avg, s.Avg, s.Avg
	}
	return s, true
}

// count takes numbers that are written as 10 and as 10.0.
func count(v any) int {
	f, ok := v.(float64)
	if !ok || f < 0 || f > 1<<53 {
		return 0
	}
	return int(f)
}
