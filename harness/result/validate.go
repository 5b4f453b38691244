package result

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// Problem is one fault of a tree.
type Problem struct {
	File    string // relative to the folder that was validated
	Line    int    // of a record file, else 0
	Message string
}

func (p Problem) String() string {
	if p.Line > 0 {
		return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
	}
	return p.File + ": " + p.Message
}

// validation walks one folder.
type validation struct {
	dir      string
	check    checker
	problems []Problem
	runs     map[string]string // run id -> file that has it
}

// Validate checks the files of a benchmark, or of all benchmarks of a data
// folder, against their schemas and against each other: records are as many as
// the status says, an id stands once in a level, a run id once in a folder. No
// problem is an empty list; an error means that it could not be checked.
// Trees of other tools have no schema here and are a problem.
func Validate(dir string) ([]Problem, error) {
	dirs, err := benchmarks(dir)
	if err != nil {
		return nil, fmt.Errorf("validate %s: %w", dir, err)
	}
	if len(dirs) == 0 {
		return nil, fmt.Errorf("validate %s: %w", dir, ErrEmpty)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("validate %s: %w", dir, err)
	}
	v := &validation{dir: abs, runs: map[string]string{}}
	for _, d := range dirs {
		v.benchmark(d.path)
	}
	if p := filepath.Join(abs, "plots", "SUMMARY.json"); isFile(p) {
		v.file(p, "summary")
	}
	v.comparison(filepath.Join(abs, ComparisonFile))
	return v.problems, nil
}

func (v *validation) add(path string, line int, format string, args ...any) {
	rel, err := filepath.Rel(v.dir, path)
	if err != nil {
		rel = path
	}
	v.problems = append(v.problems, Problem{filepath.ToSlash(rel), line, fmt.Sprintf(format, args...)})
}

// file checks a whole file and says whether it is sound.
func (v *validation) file(path, schema string) bool {
	b, err := readBounded(path)
	if err == nil {
		err = v.check.check(schema, b)
	}
	if err != nil {
		v.add(path, 0, "%v", plain(err))
	}
	return err == nil
}

// plain drops the path from a file error: the problem has it.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func (v *validation) benchmark(dir string) {
	path := filepath.Join(dir, RunFile)
	if !isFile(path) {
		v.add(dir, 0, "no %s: a tree of another tool", RunFile)
		return
	}
	if !v.file(path, "run") {
		return
	}
	run, err := readRunFile(path)
	if err != nil {
		v.add(path, 0, "%v", err)
		return
	}
	if other, twice := v.runs[run.RunID]; twice {
		v.add(path, 0, "run_id %s is that of %s too", run.RunID, other)
	}
	v.runs[run.RunID] = path
	seen := map[string]bool{}
	for i := range run.Levels {
		l := &run.Levels[i]
		if seen[l.Dir] {
			v.add(path, 0, "folder %s is that of two levels", l.Dir)
			continue
		}
		seen[l.Dir] = true
		v.level(dir, path, run, l)
	}
}

func (v *validation) level(dir, runPath string, run *Run, l *Level) {
	path, err := levelDir(dir, l)
	if err != nil {
		v.add(runPath, 0, "%v", err)
		return
	}
	if in := filepath.Join(path, InputsFile); isFile(in) {
		v.file(in, "inputs")
	}
	if seen := filepath.Join(path, ObservedFile); isFile(seen) {
		v.file(seen, "observed")
	}
	measured := -1
	if records := filepath.Join(path, RecordsFile); isFile(records) {
		measured = v.records(records)
	}
	statusPath := filepath.Join(path, StatusFile)
	if !isFile(statusPath) {
		if l.State.Whole() {
			v.add(runPath, 0, "level %s is %s but has no %s", l.Label(), l.State, StatusFile)
		}
		return
	}
	if !v.file(statusPath, "level") {
		return
	}
	s, err := readStatus(path)
	if err != nil {
		v.add(statusPath, 0, "%v", err)
		return
	}
	v.agree(statusPath, run, l, s, measured)
	v.export(filepath.Join(path, ExportFile), l)
}

// agree compares status.json with run.json and with the records.
func (v *validation) agree(path string, run *Run, l *Level, s LevelStatus, measured int) {
	if s.RunID != run.RunID {
		v.add(path, 0, "run_id %q, the run has %q", s.RunID, run.RunID)
	}
	if s.State != l.State {
		v.add(path, 0, "state %s, the run says %s", s.State, l.State)
	}
	sum := 0
	for _, n := range s.Outcomes {
		sum += n
	}
	if sum != s.Requests {
		v.add(path, 0, "%d requests, but outcomes count %d", s.Requests, sum)
	}
	if measured >= 0 && measured != s.Requests {
		v.add(path, 0, "%d requests, but %d measured records", s.Requests, measured)
	}
}

func (v *validation) export(path string, l *Level) {
	if !isFile(path) {
		v.add(path, 0, "missing beside %s", StatusFile)
		return
	}
	if !v.file(path, "export") {
		return
	}
	e, err := readExport(path)
	switch {
	case err != nil:
		v.add(path, 0, "%v", plain(err))
	case e.own.State != l.State:
		v.add(path, 0, "state %s, the run says %s", e.own.State, l.State)
	}
}
