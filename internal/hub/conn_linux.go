package hub

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dynbench/dynbench/internal/stamp"
)

// ErrNothing says that nothing has come.
var ErrNothing = errors.New("nothing has come")

// Conn is a connection whose owner is called when something has come. It is on no
// poller of the runtime: it has no deadlines, and Close does not end a Write.
type Conn struct {
	fd            int
	tcp           *net.TCPConn // until it is watched
	reader        *reader
	key, turn     int32  // at the reader
	round         uint32 // that asked it last; the goroutine of the reader alone
	ahead         bool
	owner         Owner
	local, remote net.Addr
}

// Stamp asks the kernel to stamp what is received from now on.
func (c *Conn) Stamp() error { return stamp.Enable(c.fd) }

// Watch begins to call owner. After an error it is as if Adopt had failed.
func (c *Conn) Watch(owner Owner) error {
	c.owner = owner
	if err := c.reader.add(c); err != nil {
		_ = unix.Close(c.fd)
		return fmt.Errorf("watch a connection: %w", err)
	}
	_ = c.tcp.Close()
	c.tcp = nil
	return nil
}

// Pause ends the calls until Resume. One that has begun, or is about to, may yet
// come.
func (c *Conn) Pause() {
	c.Ahead(false)
	_ = unix.EpollCtl(c.reader.fd, unix.EPOLL_CTL_DEL, c.fd, nil)
}

// Ahead says whether what comes is to be taken ahead of what other connections
// have, however much that is, until it is called again or Pause is. These two must
// not be called concurrently.
func (c *Conn) Ahead(on bool) {
	if on != c.ahead {
		c.ahead = c.reader.prefer(c, on)
	}
}

// Resume begins them again, with what has come meanwhile.
func (c *Conn) Resume() error { return c.reader.see(c) }

// Receive makes one attempt to read: ErrNothing when nothing has come, io.EOF at
// the end. at is as stamp.Receiver has it.
func (c *Conn) Receive(by *stamp.Receiver, b []byte) (n int, at int64, err error) {
	n, at, errno := by.Receive(c.fd, b)
	switch {
	case errno == unix.EAGAIN:
		return 0, 0, ErrNothing
	case errno != 0:
		return 0, 0, c.broken("read", errno)
	case n == 0:
		return 0, 0, io.EOF
	}
	return n, at, nil
}

func (c *Conn) broken(what string, errno syscall.Errno) error {
	return &net.OpError{Op: what, Net: "tcp", Source: c.local, Addr: c.remote, Err: os.NewSyscallError(what, errno)}
}

// Spoiled is the error of a write to a connection that its peer has closed.
func (c *Conn) Spoiled() error { return c.broken("write", unix.EPIPE) }

// patience is how long a write that waits does not ask whether to go on.
const patience = 20 * time.Millisecond

// Write writes all of b. When the peer does not take it, it asks over now and then
// whether to give up, and then fails with os.ErrDeadlineExceeded. It must not be
// called concurrently.
func (c *Conn) Write(b []byte, over func() bool) (int, error) {
	for done := 0; ; {
		n, err := syscall.Write(c.fd, b[done:]) // not x/sys: the race detector knows this one
		done += max(n, 0)
		var errno syscall.Errno
		switch {
		case done == len(b):
			return done, nil
		case err == nil || errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN):
			if err := c.room(over); err != nil {
				return done, err
			}
		case errors.As(err, &errno):
			return done, c.broken("write", errno)
		default:
			return done, err
		}
	}
}

// room waits until the socket takes more.
func (c *Conn) room(over func() bool) error {
	p := []unix.PollFd{{Fd: int32(c.fd), Events: unix.POLLOUT}}
	for {
		n, err := unix.Poll(p, int(patience/time.Millisecond))
		if err != nil && !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("poll", err)
		}
		if n > 0 {
			return nil
		}
		if over() {
			return os.ErrDeadlineExceeded
		}
	}
}

// Quiet tells that the peer has not closed the connection and that nothing has
// come. One system call that never blocks.
func (c *Conn) Quiet() bool {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(c.fd), Events: unix.POLLIN | unix.POLLRDHUP}}, 0)
	return err == nil && n == 0
}

// Close closes a connection that is watched, once. By then Receive must not be
// called any more, though Ready may be. It may wait for the reader's goroutine: it
// must neither be called on that nor with a lock that Ready takes.
func (c *Conn) Close() error {
	err := unix.Close(c.fd)
	c.reader.remove(c)
	return err
}
