package proc

import (
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
	var b strings.Builder
	if e.Signal != "" {
		fmt.Fprintf(&b, "%s was ended by signal: %s", e.Name, e.Signal)
	} else {
		fmt.Fprintf(&b, "%s exited with code %d", e.Name, e.Code)
	}
	if e.Lines == "" {
		b.WriteString(", without a word")
		return b.String()
	}
	b.WriteString("; its last lines:\n    ")
	b.WriteString(strings.ReplaceAll(e.Lines, "\n", "\n    "))
	return b.String()
}
