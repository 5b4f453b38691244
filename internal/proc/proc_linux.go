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
	state                byte
}

// processes reads the process table.
func processes() []process {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	all := make([]process, 0, len(stats))
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		if p, ok := parseStat(text); ok {
			all = append(all, p)
		}
	}
	return all
}

// parseStat reads /proc/PID/stat: pid (name) state parent group session ...,
// where the name may hold anything.
func parseStat(text []byte) (process, bool) {
	open, shut := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if open < 1 || shut < open {
		return process{}, false
	}
	f := bytes.Fields(text[shut+1:])
	if len(f) < 4 || len(f[0]) != 1 {
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
	return p, true
}

// sweepMarked kills what a supervisor that was itself killed has left: what is
// in its session, and what carries the mark of its tree.
func sweepMarked(supervisor int, token string) error {
	for giveUp := time.Now().Add(killFor); ; {
		left := marked(supervisor, token)
		if len(left) == 0 {
			return nil
		}
		for _, pid := range left {
			_ = unix.Kill(pid, unix.SIGKILL)
		}
		if time.Now().After(giveUp) {
			return fmt.Errorf("processes %v cannot be killed", left)
		}
		<-time.After(killEvery)
	}
}

func marked(session int, token string) []int {
	mark := []byte(markEnv + "=" + token + "\x00")
	var found []int
	for _, p := range processes() {
		if p.state == 'Z' {
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
