package wall

import (
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/record"
)

// alarm is a pacer on a timer of the kernel. The runtime hands its own timers to
// epoll in whole milliseconds, so that a short wait ends up to one late; a
// timerfd goes off on the nanosecond, and being one more descriptor in the same
// epoll it wakes its goroutine as an answer wakes its reader: no thread sits in a
// system call with a processor of the runtime, none spins.
type alarm struct {
	file *os.File
	raw  unixConn
	base int64 // CLOCK_MONOTONIC at 0 on the clock, ns

	mu    sync.Mutex
	woken bool
}

type unixConn interface{ Control(func(fd uintptr)) error }

func newPacer(clock record.Clock) (pacer, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
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

func (p *alarm) close() { _ = p.file.Close() }
