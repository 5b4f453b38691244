package proc

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// tree is a process and what taskkill finds below it.
type tree struct {
	pid  int
	exit chan exit     // gets one value when the process has ended
	gone chan struct{} // closed then
}

func (t *tree) start(cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	t.pid, t.exit, t.gone = cmd.Process.Pid, make(chan exit, 1), make(chan struct{})
	go func() {
		_ = cmd.Wait()
		t.exit <- exit{Code: cmd.ProcessState.ExitCode()}
		close(t.gone)
	}()
	return nil
}

// terminate ends the tree: there is no polite signal that all programs take.
func (t *tree) terminate(bool) { t.kill() }

func (t *tree) kill() { _ = exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(t.pid)).Run() }

// clear has nothing to do: what shared memory a tree had is not known here.
func (t *tree) clear() {}

func (t *tree) left() []int { return []int{t.pid} }

// ownSession takes a supervisor out of reach of the console's Ctrl-C.
func ownSession() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

func endSignals() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

func ignored(os.Signal) bool { return false }

func sweepMarked(int, string) error { return nil }
