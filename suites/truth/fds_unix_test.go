//go:build unix

package truth

import (
	"syscall"
	"testing"
	"time"
)

// needsFiles skips where a process cannot hold n connections.
func needsFiles(t *testing.T, n int) {
	t.Helper()
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err == nil && l.Cur < uint64(n+200) {
		t.Skipf("%d connections want as many file descriptors, the limit is %d: raise ulimit -n", n, l.Cur)
	}
}

// cpuTime is the processor time that this process has taken.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
