package proc

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// mark is the value of markEnv: who had a tree started, and which tree it is.
type mark struct {
	starter starter
	token   string
}

// starter is a process that starts supervisors, told apart from any other that
// has, had or will have its process id.
type starter struct {
	identity
	space string // the namespaces in which that is counted
}

// newMark is that of a tree of this process. Where this process cannot be told
// from others, it says nothing of it, so that nobody judges it.
func newMark() string {
	self, err := readProcess(os.Getpid())
	if err != nil {
		return newToken()
	}
	return mark{starter{self.identity(), space()}, newToken()}.String()
}

// String is pid.start.space.token.
func (m mark) String() string {
	return fmt.Sprintf("%d.%d.%s.%s", m.starter.pid, m.starter.start, m.starter.space, m.token)
}

// parseMark reads what String wrote.
func parseMark(text string) (m mark, ok bool) {
	f := strings.Split(text, ".")
	if len(f) != 4 || f[3] == "" {
		return mark{}, false
	}
	var errPID, errStart error
	m.starter.pid, errPID = strconv.Atoi(f[0])
	m.starter.start, errStart = strconv.ParseUint(f[1], 10, 64)
	m.starter.space, m.token = f[2], f[3]
	if errPID != nil || errStart != nil || m.starter.pid < 1 {
		return mark{}, false
	}
	return m, true
}

// space names the namespaces of process ids and of times that this process is in.
func space() string {
	var ids []string
	for _, kind := range []string{"pid", "time"} {
		name, err := os.Readlink("/proc/self/ns/" + kind) // "pid:[4026531836]"
		if err != nil {
			name = ""
		}
		ids = append(ids, strings.Trim(strings.TrimPrefix(name, kind+":"), "[]"))
	}
	return strings.Join(ids, "-")
}

// gone says that the starter has ended. It must be of the namespaces of this
// process. One that cannot be looked at, though it is there, is not gone.
func (s starter) gone() bool {
	p, err := readProcess(s.pid)
	if err != nil {
		return errors.Is(unix.Kill(s.pid, 0), unix.ESRCH)
	}
	return p.ended() || p.identity() != s.identity
}

// readMark finds the mark in the environment of a process, and tells whether
// that is a supervisor.
func readMark(pid int) (m mark, supervises, ok bool) {
	env, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	if err != nil {
		return mark{}, false, false // another user's, or it has ended
	}
	for v := range bytes.SplitSeq(env, []byte{0}) {
		name, value, _ := strings.Cut(string(v), "=")
		switch name {
		case superviseEnv:
			supervises = true
		case markEnv:
			m, ok = parseMark(value)
		}
	}
	return m, supervises, ok
}

// orphans looks for marked processes whose starter and supervisor are gone.
func orphans() []orphan {
	type marked struct {
		process
		mark
	}
	var all []marked
	guarded := map[mark]bool{} // trees whose supervisor runs
	here := space()
	for _, p := range processes() {
		if p.ended() || p.parent == kthreadd || p.pid == os.Getpid() {
			continue
		}
		m, supervises, ok := readMark(p.pid)
		switch {
		case !ok || m.starter.space != here:
		case supervises:
			guarded[m] = true
		default:
			all = append(all, marked{p, m})
		}
	}
	var found []orphan
	for _, p := range all {
		if !guarded[p.mark] && p.starter.gone() {
			found = append(found, orphan{Orphan{p.pid, commandLine(p.pid), p.starter.pid}, p.start})
		}
	}
	return found
}

// kthreadd is the parent of the kernel's threads, which have no environment.
const kthreadd = 2

// commandLine is that of a process, its words separated by blanks.
func commandLine(pid int) string {
	text, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	return strings.TrimSpace(string(bytes.ReplaceAll(text, []byte{0}, []byte{' '})))
}

// signal goes by a handle that no later process of the same id has.
func (o orphan) signal(sig os.Signal) {
	handle, err := os.FindProcess(o.PID)
	if err != nil {
		return
	}
	defer func() { _ = handle.Release() }()
	if now, err := readProcess(o.PID); err == nil && now.identity() == o.identity() {
		_ = handle.Signal(sig)
	}
}
