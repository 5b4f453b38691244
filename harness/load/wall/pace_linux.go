package wall

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/record"
)

// alarm is a pacer on a timer of the kernel. The runtime hands its own timers to
// epoll in whole milliseconds, so that a short wait ends up to one late; a
// timerfd goes off on the nanosecond.
//
// In a closed loop its goroutine waits for it as for an answer: in epoll. In an
// open loop that would make sends late as soon as more answers come than are
// read at once, for then nobody looks into epoll; there a thread of its own waits
// in a read of the timer, and the system's scheduler, which favours threads that
// sleep much, lets it run before those that are busy. It needs a processor of the
// runtime to go on with: there is one more while it is open.
type alarm struct {
	file  *os.File
	raw   unixConn
	base  int64 // CLOCK_MONOTONIC at 0 on the clock, ns
	procs int   // processors of the runtime before; 0: no thread of its own

	mu    sync.Mutex
	woken bool
}

type unixConn interface{ Control(func(fd uintptr)) error }

// newPacer makes a pacer for the calling goroutine, which closes it too. With a
// thread of its own there is to be only one at a time.
func newPacer(clock record.Clock, own bool) (pacer, error) {
	flags := unix.TFD_CLOEXEC
	if !own {
		flags |= unix.TFD_NONBLOCK
	}
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, flags)
	if err != nil {
		return nil, fmt.Errorf("timer: %w", err)
	}
	p := &alarm{file: os.NewFile(uintptr(fd), "timerfd")}
	if p.raw, err = p.file.SyscallConn(); err == nil {
		p.base, err = monotonicBase(clock)
	}
	if err != nil {
		p.close()
		return nil, fmt.Errorf("timer: %w", err)
	}
	if own {
		runtime.LockOSThread()
		p.procs = runtime.GOMAXPROCS(0)
		runtime.GOMAXPROCS(p.procs + 1)
	}
	return p, nil
}

// monotonicBase compares the two clocks a few times and takes the pair that was
// read closest together.
func monotonicBase(clock record.Clock) (base int64, err error) {
	closest := int64(1 << 62)
	for range 5 {
		var ts unix.Timespec
		before := clock.Now()
		if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
			return 0, err
		}
		after := clock.Now()
		if after-before < closest {
			closest, base = after-before, ts.Nano()-(before+after)/2
		}
	}
	return base, nil
}

func (p *alarm) until(t time.Duration) error {
	if err := p.set(t); err != nil {
		return err
	}
	var count [8]byte
	if _, err := p.file.Read(count[:]); err != nil {
		return fmt.Errorf("timer: %w", err)
	}
	p.mu.Lock()
	p.woken = false
	p.mu.Unlock()
	return nil
}

// set is for t, or for now if there was a wake that nobody has waited for.
func (p *alarm) set(t time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.woken:
		return p.arm(1)
	case t == load.Forever:
		return p.arm(0)
	}
	return p.arm(max(p.base+int64(t), 1))
}

func (p *alarm) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.woken = true
	_ = p.arm(1) // which fails only once it is closed, and then nobody waits
}

// arm lets the timer go off at an absolute time of CLOCK_MONOTONIC, in ns; 0
// disarms it.
func (p *alarm) arm(at int64) error {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(at)}
	var err error
	if closed := p.raw.Control(func(fd uintptr) {
		err = unix.TimerfdSettime(int(fd), unix.TFD_TIMER_ABSTIME, &spec, nil)
	}); closed != nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("timer: %w", err)
	}
	return nil
}

func (p *alarm) close() {
	if p.procs > 0 {
		runtime.GOMAXPROCS(p.procs)
		runtime.UnlockOSThread()
	}
	_ = p.file.Close()
}
