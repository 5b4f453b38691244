package proc

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// sharedDir holds the files of POSIX shared memory (shm_open), which outlive
// processes that end by SIGKILL.
const sharedDir = "/dev/shm"

// shared is the shared memory of processes that are about to be killed: paths by
// inode. Only what these processes have made counts, by signs that all must be
// there, so that nothing of others is taken for theirs (a model that lies in
// /dev/shm, say): a file of this user that nobody else may open, directly in
// sharedDir, mapped shared and writable, and born after a process that maps it.
// Kernels that do not tell when a file was born (before 6.0) have none.
type shared map[uint64]string

// noteTime bounds the look at the processes, which must not hold up their end.
const noteTime = time.Second

// note adds the shared memory of the processes; it is to be called before they
// are killed.
func (s shared) note(pids []int) {
	found := make(chan shared, 1)
	go func() {
		all := shared{}
		for _, pid := range pids {
			all.noteOne(pid)
		}
		found <- all
	}()
	select {
	case all := <-found:
		for inode, path := range all {
			s[inode] = path
		}
	case <-time.After(noteTime):
	}
}

func (s shared) noteOne(pid int) {
	p, err := readProcess(pid)
	if err != nil {
		return
	}
	began, ok := p.began()
	if !ok {
		return
	}
	for _, m := range mappings(pid) {
		if m.perms != "rw-s" || filepath.Dir(m.path) != sharedDir {
			continue
		}
		if inode, born, ok := private(m.path); ok && inode == m.inode && !born.Before(began) {
			s[inode] = m.path
		}
	}
}

// remove removes what was noted, except what a process still maps or holds open,
// and what is not there any more or has become another file.
func (s shared) remove() {
	if len(s) == 0 {
		return
	}
	used := map[string]bool{}
	for _, p := range processes() {
		for _, m := range mappings(p.pid) {
			used[m.path] = true
		}
		files, _ := filepath.Glob(filepath.Join("/proc", strconv.Itoa(p.pid), "fd", "*"))
		for _, f := range files {
			if to, err := os.Readlink(f); err == nil {
				used[to] = true
			}
		}
	}
	for inode, path := range s {
		if now, _, ok := private(path); ok && now == inode && !used[path] {
			_ = os.Remove(path)
		}
	}
}

// private is the inode of a file of this user that nobody else may open, and when
// it was made; false of any other.
func private(path string) (inode uint64, born time.Time, ok bool) {
	var st unix.Statx_t
	const want = unix.STATX_BASIC_STATS | unix.STATX_BTIME
	if unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, want, &st) != nil || st.Mask&want != want {
		return 0, time.Time{}, false
	}
	ok = st.Mode&unix.S_IFMT == unix.S_IFREG && st.Mode&0o077 == 0 && int(st.Uid) == os.Geteuid()
	return st.Ino, time.Unix(st.Btime.Sec, int64(st.Btime.Nsec)), ok
}

// ticks are the clock ticks a second in which /proc counts, on every machine that
// Go knows.
const ticks = 100

// began is when the process was started, by the wall clock.
func (p process) began() (time.Time, bool) {
	var now unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &now) != nil {
		return time.Time{}, false
	}
	return time.Now().Add(time.Duration(p.start)*(time.Second/ticks) - time.Duration(now.Nano())), true
}

// mapping is a line of /proc/PID/maps.
type mapping struct {
	perms string // "rw-s"
	inode uint64
	path  string
}

// mappings are those of a process that have a file; none of one that this user
// may not look at.
func mappings(pid int) (all []mapping) {
	f, err := os.Open(filepath.Join("/proc", strconv.Itoa(pid), "maps"))
	if err != nil {
		return nil
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if m, ok := parseMapping(lines.Text()); ok {
			all = append(all, m)
		}
	}
	return all
}

// parseMapping reads "7f..-7f.. rw-s 00000000 00:17 5 /dev/shm/name", where the
// name may hold blanks; a file that was removed has " (deleted)" behind it.
func parseMapping(line string) (m mapping, ok bool) {
	at := strings.IndexByte(line, '/')
	if at < 0 {
		return mapping{}, false
	}
	f := strings.Fields(line[:at])
	if len(f) != 5 {
		return mapping{}, false
	}
	inode, err := strconv.ParseUint(f[4], 10, 64)
	return mapping{f[1], inode, line[at:]}, err == nil
}
