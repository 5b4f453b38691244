package result

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dynbench/dynbench/internal/atomicfile"
)

// The files of a tree.
const (
	RunFile     = "run.json"
	TidyFile    = "results.csv"
	BenchFile   = "bench.txt"
	StatusFile  = "status.json"
	ExportFile  = "profile_export_aiperf.json"
	CSVFile     = "profile_export_aiperf.csv"
	RecordsFile = "profile_export.jsonl"
	InputsFile  = "inputs.json"
)

// FlatDir, as Level.Dir, is the run's folder itself: that of its only level.
const FlatDir = "."

// ErrExists is the error for a folder that holds the data of another run.
var ErrExists = errors.New("holds results already")

// CreateRun makes the folder dir and writes run.json into it. A folder that
// holds data (see Existing) is refused with ErrExists.
func CreateRun(dir string, run *Run) error {
	e, err := Existing(dir)
	if err != nil {
		return err
	}
	if e.Any() {
		return fmt.Errorf("create run in %s: %w", dir, ErrExists)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("create run: %w", err)
	}
	return WriteRun(dir, run)
}

// WriteRun writes run.json without secrets. It sets run.Schema and run.Dir.
func WriteRun(dir string, run *Run) error {
	run.Schema, run.Dir, run.Dialect = RunSchema, dir, dialectOwn
	out, err := redacted(run)
	if err != nil {
		return fmt.Errorf("write run %s: %w", run.Name, err)
	}
	if out.Levels == nil {
		out.Levels = []Level{}
	}
	return writeJSON(filepath.Join(dir, RunFile), out)
}

// StartLevel makes the folder of l below dir and notes l in run.json as
// partial, so that a killed run still tells what each folder was. It returns
// the level's folder. l.Dir defaults to l.Name.
func StartLevel(dir string, run *Run, l *Level) (string, error) {
	if l.Dir == "" {
		l.Dir = l.Name
	}
	path, err := levelDir(dir, l)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return "", fmt.Errorf("start level %s: %w", l.Name, err)
	}
	l.State = LevelPartial
	run.put(*l)
	return path, WriteRun(dir, run)
}

// WriteLevel writes the files of l that are made at its end, status.json the
// last of them, puts l into run.Levels (in the place of a level with the same
// folder) and rewrites run.json, results.csv and bench.txt.
func WriteLevel(dir string, run *Run, l *Level) error {
	if l.Dir == "" {
		l.Dir = l.Name
	}
	path, err := levelDir(dir, l)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return fmt.Errorf("write level %s: %w", l.Name, err)
	}
	run.put(*l)
	if err := writeExports(path, run, l); err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(path, StatusFile), statusOf(run, l)); err != nil {
		return err
	}
	if err := WriteTables(dir, run); err != nil {
		return err
	}
	return WriteRun(dir, run)
}

// WriteTables writes results.csv and bench.txt from the levels of run.
func WriteTables(dir string, run *Run) error {
	if err := atomicfile.Write(filepath.Join(dir, TidyFile), tidy(run)); err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(dir, BenchFile), benchText(run))
}

func writeExports(path string, run *Run, l *Level) error {
	export, err := exportJSON(run, l)
	if err != nil {
		return fmt.Errorf("export level %s: %w", l.Name, err)
	}
	if err := atomicfile.Write(filepath.Join(path, ExportFile), export); err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(path, CSVFile), exportCSV(run, l))
}

// put replaces the level with the same folder, or appends.
func (r *Run) put(l Level) {
	for i := range r.Levels {
		if r.Levels[i].Dir == l.Dir {
			r.Levels[i] = l
			return
		}
	}
	r.Levels = append(r.Levels, l)
}

// levelDir keeps a level's folder below its run's; FlatDir is that itself.
func levelDir(dir string, l *Level) (string, error) {
	if !filepath.IsLocal(filepath.FromSlash(l.Dir)) || filepath.Clean(l.Dir) == "." && l.Dir != FlatDir {
		return "", fmt.Errorf("level %q: folder %q is not below its run's", l.Name, l.Dir)
	}
	return filepath.Join(dir, filepath.FromSlash(l.Dir)), nil
}

func writeJSON(path string, v any) error {
	b, err := marshal(v)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return atomicfile.Write(path, b)
}

// marshal indents and leaves <, > and & as they are: the files are read by
// people.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.Bytes(), err
}
