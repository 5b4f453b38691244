//go:build unix

package proc

import (
	"os"
	"syscall"
)

// ownSession takes a supervisor out of reach of the terminal's Ctrl-C.
func ownSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// endSignals are what a supervisor listens to. SIGPIPE, of a starter that does
// not listen any more, must not end it; to ignore it would be inherited.
func endSignals() []os.Signal {
	return []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGPIPE}
}

func ignored(s os.Signal) bool { return s == syscall.SIGPIPE }

func exitOf(status syscall.WaitStatus) exit {
	if status.Signaled() {
		return exit{Code: -1, Signal: status.Signal().String()}
	}
	return exit{Code: status.ExitStatus()}
}
