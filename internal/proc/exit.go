package proc

import (
	"errors"
	"fmt"
	"strings"
)

// ExitError says how a process ended that nobody had stopped.
type ExitError struct {
	Name   string // as Spec.Name
	Code   int    // exit code; -1 if a signal ended it
	Signal string // "killed", "segmentation fault"; "" without
	Lines  string // the last that it wrote, at most KeptLines
}

// Error names the process, how it ended, and its last lines.
func (e *ExitError) Error() string {
	if e.Signal != "" {
		return fmt.Sprintf("%s was ended by signal: %s", e.Name, e.Signal) + said(e.Lines)
	}
	return fmt.Sprintf("%s exited with code %d", e.Name, e.Code) + said(e.Lines)
}

// LogError is an error that shows what the process behind it wrote last.
type LogError struct {
	Err   error
	Lines string // the last that it wrote, at most KeptLines
}

// Error is the error with the last lines behind it.
func (e *LogError) Error() string { return e.Err.Error() + said(e.Lines) }

// Unwrap returns the error without the lines.
func (e *LogError) Unwrap() error { return e.Err }

// ShowsLog tells whether err shows the last lines of the process that it is
// about, so that nobody shows them again.
func ShowsLog(err error) bool {
	var exit *ExitError
	var log *LogError
	return errors.As(err, &exit) || errors.As(err, &log)
}

// said is how last lines stand behind an error, without the colours of a terminal.
func said(lines string) string {
	if lines = Plain(lines); lines == "" {
		return ", without a word"
	}
	return "; its last lines:\n    " + strings.ReplaceAll(lines, "\n", "\n    ")
}
