package result

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Data says what a folder holds already.
type Data struct {
	Run     bool     // a run.json
	Exports []string // profile_export files, relative to the folder, sorted
}

// Any says that there is data that a new run must not mix with.
func (d Data) Any() bool { return d.Run || len(d.Exports) > 0 }

// Existing looks for the data of earlier runs in the folder of a benchmark: a
// run.json, or any profile_export file at any depth. Other files, hidden
// folders (.old-*) and links do not count; a folder that does not exist holds
// nothing.
func Existing(dir string) (Data, error) {
	var d Data
	err := walk(dir, func(rel string) error {
		if rel == RunFile {
			d.Run = true
		}
		if strings.HasPrefix(filepath.Base(rel), "profile_export") {
			d.Exports = append(d.Exports, rel)
		}
		return nil
	})
	if err != nil {
		return Data{}, fmt.Errorf("look for results in %s: %w", dir, err)
	}
	return d, nil
}

// walk calls see for each plain file below dir in sorted order, with its path
// relative to dir. It follows no link below dir, enters no hidden folder and
// takes a missing dir for an empty one.
func walk(dir string, see func(rel string) error) error {
	root, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && path != root && strings.HasPrefix(e.Name(), ".") {
			return fs.SkipDir
		}
		if !e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") {
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		return see(rel)
	})
}

// MoveOld moves the named entries of dir, files or folders, to a new folder
// dir/.old-<time>, which no reader enters, and returns that folder. Names that
// do not exist are passed over; if none exists, nothing is made and "" comes
// back. FlatDir stands for the files of a level that lie in dir itself. Without
// names everything of a run moves: run.json, its tables, the folders that hold profile_export files, those files themselves.
func MoveOld(dir string, at time.Time, names ...string) (string, error) {
	if len(names) == 0 {
		var err error
		if names, err = ownNames(dir); err != nil {
			return "", err
		}
	}
	if slices.Contains(names, FlatDir) {
		names = append(slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == FlatDir }), levelFiles()...)
	}
	names = slices.DeleteFunc(slices.Clone(names), func(n string) bool {
		_, err := os.Lstat(filepath.Join(dir, n))
		return err != nil
	})
	if len(names) == 0 {
		return "", nil
	}
	old, err := oldDir(dir, at)
	if err != nil {
		return "", err
	}
	for _, n := range names {
		to := filepath.Join(old, n)
		if !filepath.IsLocal(n) {
			return old, fmt.Errorf("move old results: %q is not below %s", n, dir)
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return old, fmt.Errorf("move old results: %w", err)
		}
		if err := os.Rename(filepath.Join(dir, n), to); err != nil {
			return old, fmt.Errorf("move old results: %w", err)
		}
	}
	return old, nil
}

// ownNames lists the top entries of dir that belong to a run.
func ownNames(dir string) ([]string, error) {
	d, err := Existing(dir)
	if err != nil {
		return nil, err
	}
	names := []string{RunFile, TidyFile, BenchFile}
	for _, rel := range d.Exports {
		top, _, _ := strings.Cut(filepath.ToSlash(rel), "/")
		if top == filepath.ToSlash(rel) { // a level lies in dir itself
			names = append(names, levelFiles()...)
		}
		names = append(names, top)
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		if e.IsDir() && isLevelName(e.Name()) && !slices.Contains(names, e.Name()) {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// levelFiles are the files of a level.
func levelFiles() []string {
	return []string{StatusFile, ExportFile, CSVFile, RecordsFile, InputsFile, ObservedFile}
}

// oldDir makes a folder that no other move has: two in one second get numbers.
func oldDir(dir string, at time.Time) (string, error) {
	base := filepath.Join(dir, ".old-"+at.UTC().Format("20060102T150405Z"))
	for n := 1; ; n++ {
		path := base
		if n > 1 {
			path = fmt.Sprintf("%s-%d", base, n)
		}
		err := os.Mkdir(path, 0o755)
		if err == nil {
			return path, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", fmt.Errorf("move old results: %w", err)
		}
	}
}
