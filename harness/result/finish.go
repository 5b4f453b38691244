package result

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
)

// Finish rebuilds what a killed run left unwritten, from the records it had
// appended: levels without export or status become partial ones with figures,
// the run becomes interrupted. Whole levels are not touched. It returns the
// folders of the levels it rebuilt. A run that still runs must not be finished.
func Finish(dir string) ([]string, error) {
	run, err := finishable(dir)
	if err != nil {
		return nil, fmt.Errorf("finish %s: %w", dir, err)
	}
	if err := adopt(dir, run); err != nil {
		return nil, fmt.Errorf("finish %s: %w", dir, err)
	}
	if run.Schema == "" && len(run.Levels) == 0 {
		return nil, fmt.Errorf("finish %s: %w", dir, ErrEmpty)
	}
	var rebuilt []string
	for _, l := range slices.Clone(run.Levels) {
		if l.written || !isFile(filepath.Join(dir, filepath.FromSlash(l.Dir), RecordsFile)) {
			continue
		}
		if err := rebuild(dir, run, &l); err != nil {
			return rebuilt, fmt.Errorf("finish %s: %w", dir, err)
		}
		if l.Ended.After(run.Ended) {
			run.Ended = l.Ended
		}
		if err := WriteLevel(dir, run, &l); err != nil {
			return rebuilt, fmt.Errorf("finish %s: %w", dir, err)
		}
		rebuilt = append(rebuilt, l.Label())
	}
	if run.Finished() && len(rebuilt) == 0 {
		return nil, nil
	}
	if !run.Finished() {
		run.State, run.Reason = Interrupted, "killed"
	}
	return rebuilt, errors.Join(WriteTables(dir, run), WriteRun(dir, run))
}

// finishable reads run.json, or makes a run for a folder that has only records.
func finishable(dir string) (*Run, error) {
	if isFile(filepath.Join(dir, RunFile)) {
		return loadOwn(dir)
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	return &Run{Name: filepath.Base(abs), RunID: NewRunID(time.Now()), Tool: Tool{Name: dialectOwn}, State: Running,
		Warnings: []string{"run.json was lost: configuration unknown"}}, nil
}

// adopt adds folders with records of ours that run.json does not name.
func adopt(dir string, run *Run) error {
	return walk(dir, func(rel string) error {
		d := filepath.ToSlash(filepath.Dir(rel))
		if filepath.Base(rel) != RecordsFile || d == FlatDir && len(run.Levels) > 0 {
			return nil
		}
		if slices.ContainsFunc(run.Levels, func(l Level) bool { return l.Dir == d }) {
			return nil
		}
		if isFile(filepath.Join(dir, filepath.Dir(rel), ExportFile)) || !ownRecords(filepath.Join(dir, rel)) {
			return nil
		}
		name, _, _ := strings.Cut(d, "/")
		if d == FlatDir {
			name, run.Flat = run.Name, true
		}
		l := Level{Name: name, Dir: d, State: LevelPartial}
		if n, ok := levelNumber(name); ok {
			l.Concurrency, l.Axes = n, map[string]float64{"concurrency": float64(n)}
		}
		run.Levels = append(run.Levels, l)
		return nil
	})
}

// ownRecords says that a record file has a line of this tool: AIPerf's file has
// the same name.
func ownRecords(path string) bool {
	for _, err := range record.ReadFile(path) {
		if err == nil {
			return true
		}
	}
	return false
}

// rebuild makes the figures of a level from its records.
func rebuild(dir string, run *Run, l *Level) error {
	set := run.Set
	if len(set.Defs()) == 0 {
		set = metric.Standard()
	}
	limits, err := Limits(set, run.Goodput)
	if err != nil {
		l.Warnings = append(l.Warnings, err.Error())
	}
	path := filepath.Join(dir, filepath.FromSlash(l.Dir), RecordsFile)
	g := NewGather(set, limits...)
	w := record.Window{Planned: l.Window.Planned}
	for r, err := range record.ReadFile(path) {
		var gone *fs.PathError
		switch {
		case errors.As(err, &gone):
			return err
		case err != nil:
			l.warn(err)
		default:
			widen(&w, &r)
			if err := g.Put(r); err != nil {
				return err
			}
		}
	}
	w.Reason = "rebuilt from records after the run was killed"
	g.Fill(l, metric.Facts{Window: w, Concurrency: l.Concurrency, GPUs: run.Target.GPUs})
	if l.Base.IsZero() {
		l.Base = baseOf(path)
	}
	if l.Started.IsZero() && !l.Base.IsZero() {
		l.Started = l.Base.Add(time.Duration(w.Start))
	}
	if !l.Base.IsZero() {
		l.Ended = l.Base.Add(time.Duration(w.End))
	}
	l.State, l.Reason = LevelPartial, w.Reason
	return nil
}

// warn keeps the first broken lines and says when there were more.
func (l *Level) warn(err error) {
	const most = 5
	switch {
	case len(l.Warnings) < most:
		l.Warnings = append(l.Warnings, err.Error())
	case len(l.Warnings) == most:
		l.Warnings = append(l.Warnings, "further broken lines")
	}
}

// widen extends the window by one record.
func widen(w *record.Window, r *record.Record) {
	if r.Phase == record.Warmup {
		w.Warmup++
		return
	}
	if r.Sent > 0 && (w.Start == 0 || r.Sent < w.Start) {
		w.Start = r.Sent
	}
	w.End = max(w.End, r.End)
	w.Sent++
}

// baseOf is the wall clock at stamp 0, from the first line that tells it.
func baseOf(path string) time.Time {
	f, err := os.Open(path)
	if err != nil {
		return time.Time{}
	}
	defer f.Close()
	var line struct {
		Metadata struct {
			Start int64 `json:"request_start_ns"`
		} `json:"metadata"`
		Record struct {
			Sent int64 `json:"sent"`
		} `json:"dynbench"`
	}
	if json.NewDecoder(f).Decode(&line) != nil || line.Metadata.Start == 0 || line.Record.Sent == 0 {
		return time.Time{}
	}
	return time.Unix(0, line.Metadata.Start-line.Record.Sent).UTC()
}
