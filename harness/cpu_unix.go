//go:build unix

package harness

import (
	"runtime"
	"syscall"
	"time"
)

// cpuClock measures the processor time that this process takes.
type cpuClock struct {
	wall time.Time
	used time.Duration
}

func startCPU() cpuClock { return cpuClock{time.Now(), cpuUsed()} }

// share is the part of what this process may use that it did, 0 to 1.
func (c cpuClock) share() float64 {
	allowed := time.Since(c.wall).Seconds() * float64(runtime.GOMAXPROCS(0))
	return (cpuUsed() - c.used).Seconds() / allowed
}

func cpuUsed() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
