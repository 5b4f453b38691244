package hub

import (
	"os"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/dynbench/dynbench/internal/stamp"
)

// reader waits for its connections and lets their owners take what came. Its
// goroutine lives while there are any. The epoll instance itself is waited for by
// the runtime.
type reader struct {
	mu    sync.Mutex
	epoll *os.File // nil: no goroutine
	fd    int      // of it
	conns []*Conn  // by their key; nil: free
	free  []int32
	turn  int32 // tells the users of a key apart
}

// add lets the reader's goroutine see what c receives.
func (r *reader) add(c *Conn) error {
	r.mu.Lock()
	last, err := r.addLocked(c)
	r.mu.Unlock()
	if last != nil {
		_ = last.Close()
	}
	return err
}

func (r *reader) addLocked(c *Conn) (last *os.File, err error) {
	if r.epoll == nil {
		if err := r.start(); err != nil {
			return nil, err
		}
	}
	if n := len(r.free); n > 0 {
		c.key, r.free = r.free[n-1], r.free[:n-1]
	} else {
		c.key = int32(len(r.conns))
		r.conns = append(r.conns, nil)
	}
	r.turn++
	c.turn = r.turn
	r.conns[c.key] = c
	if err := r.see(c); err != nil {
		return r.forget(c), err
	}
	return nil, nil
}

// see makes the kernel tell of c. By level: what a read leaves, the end of the
// connection included, is told of again, so that no read has to find out that
// there is nothing left.
func (r *reader) see(c *Conn) error {
	ev := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP, Fd: c.key, Pad: c.turn}
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(r.fd, unix.EPOLL_CTL_ADD, c.fd, &ev))
}

func (r *reader) start() error {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return os.NewSyscallError("epoll_create1", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd)
		return os.NewSyscallError("fcntl", err)
	}
	epoll := os.NewFile(uintptr(fd), "epoll")
	raw, err := epoll.SyscallConn()
	if err != nil {
		_ = epoll.Close()
		return err
	}
	r.epoll, r.fd = epoll, fd
	go (&rounds{reader: r, buf: make([]byte, 64<<10)}).run(raw)
	return nil
}

// remove takes c out, closed as it is; the last one ends the goroutine, which the
// caller waits for.
func (r *reader) remove(c *Conn) {
	r.mu.Lock()
	last := r.forget(c)
	r.mu.Unlock()
	if last != nil {
		_ = last.Close()
	}
}

func (r *reader) forget(c *Conn) (last *os.File) {
	r.conns[c.key] = nil
	if r.free = append(r.free, c.key); len(r.free) == len(r.conns) {
		last = r.epoll
		r.epoll, r.conns, r.free = nil, nil, nil
	}
	return last
}

func (r *reader) idle() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.epoll == nil
}

// rounds is what the goroutine of a reader works with.
type rounds struct {
	reader  *reader
	receive stamp.Receiver
	buf     []byte
	events  [128]unix.EpollEvent
	conns   [128]*Conn
}

// run goes round until the epoll instance is closed.
func (o *rounds) run(raw interface {
	Read(func(fd uintptr) bool) error
}) {
	_ = raw.Read(func(fd uintptr) bool {
		for o.round(int(fd)) {
		}
		return false
	})
}

// round lets those whose bytes have come take them; false: there are none.
func (o *rounds) round(fd int) bool {
	n, err := unix.EpollWait(fd, o.events[:], 0)
	if err == unix.EINTR {
		return true
	}
	if err != nil || n == 0 {
		return false
	}
	o.reader.mu.Lock()
	for i, ev := range o.events[:n] {
		o.conns[i] = nil
		if int(ev.Fd) < len(o.reader.conns) {
			if c := o.reader.conns[ev.Fd]; c != nil && c.turn == ev.Pad {
				o.conns[i] = c
			}
		}
	}
	o.reader.mu.Unlock()
	ended := false
	for _, c := range o.conns[:n] {
		if c != nil && c.owner.Ready(&o.receive, o.buf) {
			ended = true
		}
	}
	if ended {
		runtime.Gosched() // whoever waited for an answer sends the next request before we go on
	}
	return true
}
