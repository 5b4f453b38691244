package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/config"
)

// The exit codes of all commands. Of several that apply the first in this order
// wins: 130 and 143, 2, 1, 3, 4. So a level that failed hides a goal that was
// missed: the figures of such a run are not whole.
const (
	exitOK           = 0
	exitFailure      = 1   // configuration, target not ready, files
	exitUsage        = 2   // the command line cannot be understood
	exitLevelFailed  = 3   // a level failed or was not finished
	exitSLAViolated  = 4   // a goal was missed, or had no data
	exitRegressed    = 5   // worse than the baseline
	exitInconclusive = 6   // a comparison that decides nothing, or a void run
	exitSIGINT       = 130 // stopped by the user
	exitSIGTERM      = 143 // stopped from outside
)

// Errors that commands return for an exit code of their own.
var (
	errUsage       = errors.New("wrong command line")
	errLevelFailed = errors.New("level failed")
	errSLAViolated = errors.New("goal missed")
)

// codeOf classes an error, once for all commands.
func codeOf(ctx context.Context, err error) int {
	var stopped Interrupt
	switch {
	case err == nil:
		return exitOK
	case errors.As(context.Cause(ctx), &stopped):
		return stopped.code()
	case errors.Is(err, errUsage), errors.Is(err, config.ErrUsage), errors.Is(err, harness.ErrUsage):
		return exitUsage
	case errors.Is(err, errLevelFailed):
		return exitLevelFailed
	case errors.Is(err, errSLAViolated):
		return exitSLAViolated
	}
	return exitFailure
}

// Interrupt is the cause of a context that a signal ended.
type Interrupt struct{ Signal os.Signal }

func (i Interrupt) Error() string {
	switch i.Signal {
	case os.Interrupt:
		return "stopped by SIGINT"
	case syscall.SIGTERM:
		return "stopped by SIGTERM"
	}
	return fmt.Sprintf("stopped by %v", i.Signal)
}

func (i Interrupt) code() int {
	if i.Signal == syscall.SIGTERM {
		return exitSIGTERM
	}
	return exitSIGINT
}
