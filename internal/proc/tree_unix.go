//go:build unix && !linux

package proc

import (
	"errors"
	"os/exec"
	"syscall"
	"time"
)

// tree is a process and its process group.
type tree struct {
	pid  int
	exit chan exit     // gets one value when the process has ended
	gone chan struct{} // closed when nothing of the group is left
}

func (t *tree) start(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	t.pid, t.exit, t.gone = cmd.Process.Pid, make(chan exit, 1), make(chan struct{})
	go t.reap(cmd)
	return nil
}

func (t *tree) reap(cmd *exec.Cmd) {
	_ = cmd.Wait()
	e := exit{Code: -1}
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok {
		e = exitOf(status)
	}
	t.exit <- e
	for len(t.left()) > 0 {
		<-time.After(killEvery)
	}
	close(t.gone)
}

// terminate sends SIGTERM to the process, or to all of its group.
func (t *tree) terminate(all bool) {
	if all {
		_ = syscall.Kill(-t.pid, syscall.SIGTERM)
		return
	}
	_ = syscall.Kill(t.pid, syscall.SIGTERM)
}

// kill sends SIGKILL to all that is left.
func (t *tree) kill() { _ = syscall.Kill(-t.pid, syscall.SIGKILL) }

// clear has nothing to do: what shared memory a tree had is not known here.
func (t *tree) clear() {}

// left is the group, as a negative process id, while it has members.
func (t *tree) left() []int {
	if errors.Is(syscall.Kill(-t.pid, 0), syscall.ESRCH) {
		return nil
	}
	return []int{-t.pid}
}

// sweepMarked has no mark to go by here: the group of the process is not known
// to more than its supervisor.
func sweepMarked(int, string) error { return nil }
