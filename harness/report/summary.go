package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/internal/atomicfile"
)

// SummarySchema is the schema of SUMMARY.json.
const SummarySchema = "bench.summary/1"

// The files that a summary is written to.
const (
	SummaryText = "SUMMARY.txt"
	SummaryJSON = "SUMMARY.json"
)

// Summary is what SUMMARY.json holds; SUMMARY.txt says the same in words.
type Summary struct {
	Schema     string      `json:"schema"`
	ResultsDir string      `json:"results_directory"`
	PlotsDir   string      `json:"plots_directory"`
	Plots      []string    `json:"plots"` // file names in PlotsDir
	Benchmarks []Benchmark `json:"benchmarks"`
}

// Benchmark sums up one run. Of a level with repeats the values are medians.
type Benchmark struct {
	Name          string         `json:"name"`
	Levels        []string       `json:"levels"`         // with data
	MaxThroughput *At            `json:"max_throughput"` // req/s; of whole levels, if there are any
	TTFT          []At           `json:"p50_ttft"`       // ms
	ITL           []At           `json:"p50_itl"`        // ms
	Steady        []At           `json:"steady_throughput,omitempty"`
	Requests      int            `json:"requests"`
	Errors        int            `json:"errors"`
	Failed        []string       `json:"failed_levels"`
	Degraded      []string       `json:"degraded_levels"`
	Partial       []string       `json:"partial_levels"`
	Missing       []string       `json:"missing_levels"` // planned and not tried
	GPUs          *int           `json:"gpus"`           // null: unknown
	OSL           *float64       `json:"osl"`            // mean tokens over all levels
	OSLTarget     *float64       `json:"osl_target"`
	OSLDeviation  *float64       `json:"osl_deviation"` // (osl - target) / target
	Tokenizer     string         `json:"tokenizer,omitempty"`
	TokenSource   string         `json:"token_source,omitempty"`
	Verdict       string         `json:"verdict"` // a result.Status, or "none"
	Assertions    result.Verdict `json:"assertions"`
	Warnings      []string       `json:"warnings"`

	run *result.Run
}

// At is a value and the level it was found at.
type At struct {
	Value float64 `json:"value"`
	Level string  `json:"level"`
}

// Summarize sums up the runs, sorted by name; plots are the file names that
// were drawn into dir.
func Summarize(dir string, plots []string, runs []*result.Run, o Options) Summary {
	s := Summary{Schema: SummarySchema, ResultsDir: o.ResultsDir, PlotsDir: dir, Plots: append([]string{}, plots...), Benchmarks: []Benchmark{}}
	if s.ResultsDir == "" {
		s.ResultsDir = filepath.Dir(filepath.Clean(dir))
	}
	for _, r := range sorted(runs) {
		s.Benchmarks = append(s.Benchmarks, benchmarkOf(r))
	}
	return s
}

func writeSummary(dir string, plots []string, runs []*result.Run, o Options) ([]string, error) {
	s := Summarize(dir, plots, runs, o)
	var text bytes.Buffer
	if err := s.WriteText(&text); err != nil {
		return nil, err
	}
	js, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode summary: %w", err)
	}
	paths := joined(dir, []string{SummaryText, SummaryJSON})
	if err := atomicfile.Write(paths[0], text.Bytes()); err != nil {
		return nil, err
	}
	if err := atomicfile.Write(paths[1], append(js, '\n')); err != nil || !o.HTML {
		return paths, err
	}
	page, err := writePage(dir, s)
	return append(paths, page), err
}

func benchmarkOf(r *result.Run) Benchmark {
	b := Benchmark{
		Name: r.Name, run: r, Levels: []string{}, TTFT: perLevel(r, quantileOf(keyTTFT, 50)), ITL: perLevel(r, quantileOf(keyITL, 50)),
		Steady: steady(r), Failed: []string{}, Degraded: []string{}, Partial: []string{}, Missing: missing(r),
		Tokenizer: r.Tokenizer, TokenSource: r.TokenSource, Verdict: "none", Assertions: r.Assertions, Warnings: warnings(r),
	}
	for i := range r.Levels {
		l := &r.Levels[i]
		b.Requests, b.Errors = b.Requests+l.Requests, b.Errors+l.Errors
		if len(l.Stats) > 0 {
			addOnce(&b.Levels, l.Name)
		}
		switch l.State {
		case result.LevelFailed:
			addOnce(&b.Failed, l.Name)
		case result.LevelDegraded:
			addOnce(&b.Degraded, l.Name)
		case result.LevelPartial:
			addOnce(&b.Partial, l.Name)
		}
	}
	b.MaxThroughput = best(r)
	if r.Target.GPUs > 0 {
		b.GPUs = &r.Target.GPUs
	}
	b.setOSL(r)
	if len(r.Assertions.Rows) > 0 {
		b.Verdict = string(r.Assertions.Status())
	}
	return b
}

func addOnce(names *[]string, name string) {
	if !slices.Contains(*names, name) {
		*names = append(*names, name)
	}
}

// setOSL sets the mean output length over the requests of all levels, and how
// far it is from the one asked for.
func (b *Benchmark) setOSL(r *result.Run) {
	sum, n, target := 0.0, 0, r.Workload.OSL
	for i := range r.Levels {
		if s, ok := r.Levels[i].Stats[keyOSL]; ok && s.Count > 0 {
			sum, n = sum+s.Avg*float64(s.Count), n+s.Count
		}
		if target == 0 {
			target = r.Levels[i].Detail.OSLTarget
		}
	}
	if n > 0 {
		mean := sum / float64(n)
		b.OSL = &mean
	}
	if target > 0 {
		b.OSLTarget = &target
	}
	if n > 0 && target > 0 {
		d := (*b.OSL - target) / target
		b.OSLDeviation = &d
	}
}
