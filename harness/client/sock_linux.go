package client

import (
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dynbench/dynbench/internal/stamp"
)

// sock is a link whose answers are taken by the reader of a hub as they come,
// while the goroutine that asked sleeps.
type sock struct {
	passage
	fd            int
	reader        *reader
	key, turn     int32 // at the reader
	local, remote net.Addr
	over          chan error // how the exchange ended

	// mu guards what follows, and of the passage sent, last and limits while an
	// answer is awaited.
	mu        sync.Mutex
	phase     phase
	answer    *answer
	lingering bool
	gone      bool
	timer     *time.Timer
}

type phase uint8

const (
	idle    phase = iota
	asking        // an answer is awaited
	spoiled       // the peer has closed it, or sent what nobody asked for
	closed
)

var _ link = (*sock)(nil)

func (k *sock) arm(a *answer, cfg *Config, whole time.Duration) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.phase != idle {
		return k.broken("write", unix.EPIPE)
	}
	now := k.clock.Now()
	k.limits = newLimits(a.t, cfg, now, whole)
	k.phase, k.answer, k.lingering = asking, a, false
	k.alarm(time.Duration(k.limits.look(now) - now))
	return nil
}

// alarm looks at the limits after d.
func (k *sock) alarm(d time.Duration) {
	if k.timer == nil {
		k.timer = time.AfterFunc(d, k.look)
		return
	}
	k.timer.Reset(d)
}

// look ends the exchange if a limit has passed.
func (k *sock) look() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.phase != asking {
		return
	}
	now := k.clock.Now()
	if at, _ := k.limits.due(); now < at {
		k.alarm(time.Duration(k.limits.look(now) - now))
		return
	}
	k.end(os.ErrDeadlineExceeded)
}

// end tells whoever awaits the answer.
func (k *sock) end(err error) {
	k.phase = idle
	k.over <- err // which never waits: it is told once an exchange
}

func (k *sock) await() error {
	err := <-k.over
	k.timer.Stop()
	return err
}

func (k *sock) disarm(d time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.linger(d)
}

func (k *sock) linger(d time.Duration) {
	k.limits.t, k.limits.linger = nil, k.clock.Now()+int64(d)
	k.alarm(d)
}

func (k *sock) abandon() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.gone = true
	if k.phase == asking {
		k.end(os.ErrDeadlineExceeded)
	}
}

// ready takes what has come, on the reader's goroutine; ended tells that the
// exchange has.
func (k *sock) ready(receive *stamp.Receiver, buf []byte) (ended bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch k.phase {
	case closed:
		return false
	case idle, spoiled:
		k.phase = spoiled
		_ = unix.EpollCtl(k.reader.fd, unix.EPOLL_CTL_DEL, k.fd, nil)
		return false
	}
	n, at, errno := receive.Receive(k.fd, buf)
	switch {
	case errno == unix.EAGAIN:
		return false
	case errno != 0:
		k.end(k.broken("read", errno))
		return true
	case n == 0:
		k.end(k.answer.closed(k.last))
		return true
	}
	k.arrive(at)
	if whole, err := k.answer.feed(buf[:n], k.last); whole || err != nil {
		k.end(err)
		return true
	}
	if !k.lingering && k.answer.over() {
		k.lingering = true
		k.linger(linger)
	}
	return false
}

func (k *sock) broken(what string, errno syscall.Errno) error {
	return &net.OpError{Op: what, Net: "tcp", Source: k.local, Addr: k.remote, Err: os.NewSyscallError(what, errno)}
}

// patience is how long a write that waits looks away from its limits.
const patience = 20 * time.Millisecond

func (k *sock) Write(b []byte) (int, error) {
	if k.sent == 0 {
		k.mu.Lock()
		k.sent = k.clock.Now()
		k.mu.Unlock()
	}
	n, err := k.write(b)
	k.written = k.clock.Now()
	return n, err
}

func (k *sock) write(b []byte) (int, error) {
	for done := 0; ; {
		n, err := syscall.Write(k.fd, b[done:]) // not x/sys: the race detector knows this one
		done += max(n, 0)
		var errno syscall.Errno
		switch {
		case done == len(b):
			return done, nil
		case err == nil || errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN):
			if err := k.room(); err != nil {
				return done, err
			}
		case errors.As(err, &errno):
			return done, k.broken("write", errno)
		default:
			return done, err
		}
	}
}

// room waits until the socket takes more.
func (k *sock) room() error {
	p := []unix.PollFd{{Fd: int32(k.fd), Events: unix.POLLOUT}}
	for {
		n, err := unix.Poll(p, int(patience/time.Millisecond))
		if err != nil && !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("poll", err)
		}
		if n > 0 {
			return nil
		}
		k.mu.Lock()
		out := k.gone || k.phase != asking
		k.mu.Unlock()
		if out {
			return os.ErrDeadlineExceeded
		}
	}
}

func (k *sock) alive() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.phase == idle && open(k.fd, false)
}

func (k *sock) Close() error {
	k.mu.Lock()
	if k.phase == closed {
		k.mu.Unlock()
		return net.ErrClosed
	}
	if k.timer != nil {
		k.timer.Stop()
	}
	k.phase = closed
	err := unix.Close(k.fd)
	k.mu.Unlock()
	k.reader.remove(k)
	return err
}
