package proc

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// executable is this program, even when its file has been removed or replaced.
func executable() (string, error) { return "/proc/self/exe", nil }

// tree is a process and all that descends from it. Descendants that lose their
// parent become children of this process, whatever session they are in.
type tree struct {
	pid  int
	exit chan exit     // gets one value when the process has ended
	gone chan struct{} // closed when nothing of the tree is left

	shared shared // memory of what was told to end
	killed bool
}

func (t *tree) start(cmd *exec.Cmd) error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("become a child subreaper: %w", err)
	}
	// The name that tools show; "exe" otherwise.
	_ = os.WriteFile("/proc/self/comm", []byte("dynbench-proc"), 0)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return err
	}
	t.pid, t.exit, t.gone = cmd.Process.Pid, make(chan exit, 1), make(chan struct{})
	go t.reap()
	return nil
}

// reap waits for every child, adopted ones included.
func (t *tree) reap() {
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil: // no child is left
			close(t.gone)
			return
		case pid == t.pid:
			t.exit <- exitOf(syscall.WaitStatus(status))
		}
	}
}

// terminate sends SIGTERM to the process, or to all of its tree.
func (t *tree) terminate(all bool) {
	if !all {
		_ = unix.Kill(t.pid, unix.SIGTERM) // not reaped: terminate(true) follows its exit
		return
	}
	t.note()
	t.signal(unix.SIGTERM)
}

// kill sends SIGKILL to all that is left.
func (t *tree) kill() {
	if !t.killed {
		t.killed = true
		t.note()
	}
	t.signal(unix.SIGKILL)
}

// note notes the shared memory that those which end by a signal would leave.
func (t *tree) note() {
	if t.shared == nil {
		t.shared = shared{}
	}
	t.shared.note(t.left())
}

// clear removes what the tree has left besides processes.
func (t *tree) clear() { t.shared.remove() }

func (t *tree) signal(sig unix.Signal) {
	for _, pid := range t.left() {
		_ = unix.Kill(pid, sig)
	}
}

// left is the process ids of what is left of the tree.
func (t *tree) left() []int {
	children := map[int][]int{}
	for _, p := range processes() {
		if !p.ended() {
			children[p.parent] = append(children[p.parent], p.pid)
		}
	}
	var found []int
	for next := []int{os.Getpid()}; len(next) > 0; {
		pid := next[0]
		next = append(next[1:], children[pid]...)
		found = append(found, children[pid]...)
	}
	return found
}
