package result

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
)

// loadForeign reads a tree without run.json: folders of levels, each with an
// export somewhere below, or one export in the folder itself.
func loadForeign(dir string) (*Run, error) {
	run := &Run{Name: filepath.Base(dir), State: Complete, Dialect: dialectAIPerf}
	for _, name := range exportNames() {
		if isFile(filepath.Join(dir, name)) {
			run.Levels = append(run.Levels, foreignLevel(run, dir, ".", filepath.Join(dir, name)))
			return run, nil
		}
	}
	folders, err := levelFolders(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range folders {
		path, err := findExport(filepath.Join(dir, f.name))
		if err != nil {
			return nil, err
		}
		l := foreignLevel(run, dir, f.name, path)
		l.Concurrency = f.concurrency
		l.Axes = map[string]float64{"concurrency": float64(f.concurrency)}
		run.Levels = append(run.Levels, l)
		run.Load.Levels = append(run.Load.Levels, float64(f.concurrency))
	}
	if len(run.Levels) == 0 {
		return nil, ErrEmpty
	}
	run.Load.Kind = "concurrency"
	return run, nil
}

type levelFolder struct {
	name        string
	concurrency int
}

// levelFolders lists the folders of levels by concurrency; c10-old is none.
func levelFolders(dir string) ([]levelFolder, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []levelFolder
	seen := map[int]string{}
	for _, e := range entries {
		n, ok := levelNumber(e.Name())
		if !ok || !e.IsDir() {
			continue
		}
		if other, twice := seen[n]; twice {
			return nil, fmt.Errorf("folders %s and %s are both level %d: move one away", other, e.Name(), n)
		}
		seen[n] = e.Name()
		out = append(out, levelFolder{e.Name(), n})
	}
	slices.SortFunc(out, func(a, b levelFolder) int { return cmp.Compare(a.concurrency, b.concurrency) })
	return out, nil
}

// findExport returns the first export below a level's folder in sorted order,
// "" if there is none: a tool that was given a relative folder made it again
// inside. Links are not followed.
func findExport(dir string) (string, error) {
	found := map[string]string{}
	err := walk(dir, func(rel string) error {
		name := filepath.Base(rel)
		if _, have := found[name]; !have && slices.Contains(exportNames(), name) {
			found[name] = filepath.Join(dir, rel)
		}
		return nil
	})
	for _, name := range exportNames() {
		if p := found[name]; p != "" {
			return p, err
		}
	}
	return "", err
}

// foreignLevel reads one level; a missing or broken export makes it failed.
func foreignLevel(run *Run, dir, name, path string) Level {
	l := Level{Name: name, Dir: name, State: LevelFailed, Reason: "no export: every request failed, or the tool stopped"}
	if name == "." {
		l.Name = filepath.Base(dir)
	}
	if path == "" {
		return l
	}
	e, err := readExport(path)
	if err != nil {
		l.Reason = err.Error()
		return l
	}
	if filepath.Base(path) != ExportFile {
		run.Dialect = dialectGenAI
	}
	e.describe(run)
	e.fill(&l)
	return l
}

// describe gives the run what the first export to say it says.
func (e *export) describe(run *Run) {
	run.RunID = cmp.Or(run.RunID, e.benchmarkID)
	run.Seed = cmp.Or(run.Seed, e.seed)
	run.Target.Model = cmp.Or(run.Target.Model, e.input.model)
	run.Target.URL = cmp.Or(run.Target.URL, RedactText(e.input.url))
	run.Target.GPUs = cmp.Or(run.Target.GPUs, e.gpus)
	if run.Target.GPUs > 0 {
		run.Target.GPUsSource = "export"
	}
	run.Workload.ISL = cmp.Or(run.Workload.ISL, e.input.isl)
	run.Workload.OSL = cmp.Or(run.Workload.OSL, e.input.osl)
	if run.Started.IsZero() || !e.start.IsZero() && e.start.Before(run.Started) {
		run.Started = e.start
	}
	if e.end.After(run.Ended) {
		run.Ended = e.end
	}
}

// fill gives the level its figures. Request counts of foreign exports are of
// the successful requests alone; failed ones stand apart.
func (e *export) fill(l *Level) {
	l.Stats, l.Failures, l.Started, l.Ended = e.stats, e.failures, e.start, e.end
	l.Concurrency = e.input.concurrency
	if l.Concurrency > 0 {
		l.Axes = map[string]float64{"concurrency": float64(l.Concurrency)}
	}
	ok := count(e.stats["request_count"].Avg)
	l.Errors = count(e.stats["error_request_count"].Avg)
	if l.Errors == 0 {
		for _, g := range e.failures {
			l.Errors += g.Count
		}
	}
	if _, said := e.stats["request_count"]; !said {
		ok = e.stats["request_latency"].Count
	}
	// Exports before 1.1 do not say how many values a metric has: at most one a
	// successful request.
	for key, s := range l.Stats {
		if s.Count == 0 {
			s.Count = ok
			l.Stats[key] = s
		}
	}
	l.Requests = ok + l.Errors
	l.Totals.OK, l.Totals.Failed = ok, l.Errors
	l.Window = record.Window{Sent: l.Requests, Complete: e.complete && !e.cancelled}
	rps, hasRate := e.stats["request_throughput"]
	if hasRate {
		latency := e.stats["request_latency"]
		l.EffectiveConcurrency = orElse(finite(rps.Avg*latency.Avg*unitScale(latency.Unit, "sec")), 0)
	}
	l.State, l.Reason = LevelOK, ""
	switch {
	case e.cancelled || !e.complete:
		l.State, l.Reason = LevelPartial, "cancelled"
	case ok == 0 && !hasRate:
		l.State, l.Reason = LevelFailed, "no request succeeded"
	case l.Errors > 0:
		l.State = LevelDegraded
	}
}

// unbounded is a percentile that is known without its interval.
func unbounded(p, value float64) metric.Quantile {
	return metric.Quantile{P: p, Value: value, Low: math.Inf(-1), High: math.Inf(1)}
}
