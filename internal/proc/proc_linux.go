package proc

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// process is a line of the process table.
type process struct {
	pid, parent, session int
	start                uint64 // in clock ticks since the machine started
	state                byte
}

func (p process) identity() identity { return identity{p.pid, p.start} }

// ended says that the process waits for its parent to take notice of its end.
func (p process) ended() bool { return p.state == 'Z' || p.state == 'X' }

// processes reads the process table.
func processes() []process {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	all := make([]process, 0, len(stats))
	for _, name := range stats {
		if p, err := readStat(name); err == nil { // else it has ended
			all = append(all, p)
		}
	}
	return all
}

// readProcess reads the line of one process.
func readProcess(pid int) (process, error) { return readStat(fmt.Sprintf("/proc/%d/stat", pid)) }

func readStat(name string) (process, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return process{}, err
	}
	p, ok := parseStat(text)
	if !ok {
		return process{}, fmt.Errorf("%s: %q is no line of a process", name, text)
	}
	return p, nil
}

// startField is where the start stands behind the name.
const startField = 19

// parseStat reads /proc/PID/stat: pid (name) state parent group session ...,
// where the name may hold anything.
func parseStat(text []byte) (process, bool) {
	open, shut := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if open < 1 || shut < open {
		return process{}, false
	}
	f := bytes.Fields(text[shut+1:])
	if len(f) <= startField || len(f[0]) != 1 {
		return process{}, false
	}
	p := process{state: f[0][0]}
	for _, n := range []struct {
		to   *int
		from []byte
	}{{&p.pid, bytes.TrimSpace(text[:open])}, {&p.parent, f[1]}, {&p.session, f[3]}} {
		var err error
		if *n.to, err = strconv.Atoi(string(n.from)); err != nil {
			return process{}, false
		}
	}
	var err error
	p.start, err = strconv.ParseUint(string(f[startField]), 10, 64)
	return p, err == nil
}

// sweepMarked kills what a supervisor that was itself killed has left: what is
// in its session, and what carries the mark of its tree. It removes their shared
// memory.
func sweepMarked(supervisor int, mark string) error {
	memory := shared{}
	defer memory.remove()
	for giveUp := time.Now().Add(killFor); ; {
		left := marked(supervisor, mark)
		if len(left) == 0 {
			return nil
		}
		memory.note(left)
		for _, pid := range left {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
		if time.Now().After(giveUp) {
			return fmt.Errorf("processes %v cannot be killed", left)
		}
		<-time.After(killEvery)
	}
}

func marked(session int, value string) []int {
	mark := []byte(markEnv + "=" + value + "\x00")
	var found []int
	for _, p := range processes() {
		if p.ended() {
			continue
		}
		if p.session != session {
			env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", p.pid))
			if err != nil || !bytes.Contains(append(env, 0), mark) {
				continue
			}
		}
		found = append(found, p.pid)
	}
	return found
}
