package result

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
)

// loadOwn reads a tree of this tool. What the files of a level say wins over
// run.json, which a kill may have left behind.
func loadOwn(dir string) (*Run, error) {
	run, err := readRunFile(filepath.Join(dir, RunFile))
	if err != nil {
		return nil, err
	}
	run.Dialect = dialectOwn
	for i := range run.Levels {
		if err := loadLevel(dir, &run.Levels[i]); err != nil {
			return nil, err
		}
	}
	return run, nil
}

func readRunFile(path string) (*Run, error) {
	b, err := readBounded(path)
	if err != nil {
		return nil, err
	}
	run, err := parseRun(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return run, nil
}

func parseRun(b []byte) (*Run, error) {
	var run Run
	if err := json.Unmarshal(b, &run); err != nil {
		return nil, err
	}
	if err := checkSchema(run.Schema, RunSchema); err != nil {
		return nil, err
	}
	return &run, nil
}

// checkSchema accepts the same name with the same or a lower major.
func checkSchema(got, want string) error {
	gotName, gotMajor, _ := strings.Cut(got, "/")
	wantName, wantMajor, _ := strings.Cut(want, "/")
	g, err := strconv.Atoi(gotMajor)
	w, _ := strconv.Atoi(wantMajor)
	if err != nil || gotName != wantName || g < 1 || g > w {
		return fmt.Errorf("schema %q: this version reads %q", got, want)
	}
	return nil
}

// loadLevel fills a level from its folder. Missing files leave it without
// figures; broken ones make it failed, with the reason.
func loadLevel(dir string, l *Level) error {
	path, err := levelDir(dir, l)
	if err != nil {
		return err
	}
	status, err := readStatus(path)
	if err == nil {
		err = readOwnExport(filepath.Join(path, ExportFile), l)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if l.State.Whole() {
			l.State, l.Reason = LevelPartial, "files are missing: "+err.Error()
		}
		return nil
	case err != nil:
		l.State, l.Reason, l.Stats = LevelFailed, err.Error(), nil
		return nil
	}
	l.State, l.Reason, l.Requests, l.Errors = status.State, status.Reason, status.Requests, status.Errors
	l.Window, l.Base, l.Started, l.Ended = status.Window, status.Base, status.Started, status.Ended
	l.written, l.fingerprint = true, status.Fingerprint
	return nil
}

func readStatus(levelPath string) (LevelStatus, error) {
	path := filepath.Join(levelPath, StatusFile)
	var s LevelStatus
	b, err := readBounded(path)
	if err != nil {
		return s, err
	}
	if err = json.Unmarshal(b, &s); err == nil {
		err = checkSchema(s.Schema, LevelSchema)
	}
	if err != nil {
		return s, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func readOwnExport(path string, l *Level) error {
	e, err := readExport(path)
	if err != nil {
		return err
	}
	l.Stats, l.Failures = e.stats, e.failures
	if e.own == nil {
		return fmt.Errorf(`%s: no key "dynbench"`, path)
	}
	e.own.restore(l)
	return nil
}
