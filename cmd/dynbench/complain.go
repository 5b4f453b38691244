package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/config"
	"github.com/dynbench/dynbench/harness/result"
)

// advice is an error with what to do about it.
type advice struct {
	error
	next string
}

func (a advice) Unwrap() error { return a.error }

// withNext says what to do about err.
func withNext(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return advice{err, fmt.Sprintf(format, args...)}
}

// usagef is an error of the command line.
func usagef(format string, args ...any) error {
	return marked{errUsage, fmt.Errorf(format, args...)}
}

// marked is err, and is mark too, without saying so.
type marked struct{ mark, err error }

func (m marked) Error() string   { return m.err.Error() }
func (m marked) Unwrap() []error { return []error{m.mark, m.err} }

// complain writes each line of err as one of ours, then what to do next.
func complain(w io.Writer, command string, err error) {
	for line := range strings.Lines(err.Error()) {
		line = strings.TrimSpace(line)
		for _, mark := range []error{config.ErrUsage, harness.ErrUsage} {
			line = strings.TrimPrefix(line, mark.Error()+": ")
		}
		if line != "" {
			fmt.Fprintln(w, "dynbench:", line)
		}
	}
	fmt.Fprintln(w, "next:", next(command, err))
}

// next is the advice that err carries, or that of its class.
func next(command string, err error) string {
	var own advice
	switch {
	case errors.As(err, &own):
		return own.next
	case errors.Is(err, errUsage), errors.Is(err, config.ErrUsage), errors.Is(err, harness.ErrUsage):
		return command + " --help shows the accepted forms"
	case errors.Is(err, harness.ErrTarget):
		return "dynbench doctor with the same flags looks at the endpoint step by step"
	case errors.Is(err, harness.ErrExists):
		return "add one of these flags, or choose another --benchmark-name or --output-dir"
	case errors.Is(err, result.ErrForeign):
		return "repeat the flags of that run, or choose another --benchmark-name"
	case errors.Is(err, result.ErrEmpty):
		return "give the folder that --output-dir of the benchmark named, or one benchmark in it"
	}
	return "mend this and give the command again"
}
