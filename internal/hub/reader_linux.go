package hub

import (
	"os"
	"runtime"
	"slices"
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
	ahead int      // the epoll instance of those taken ahead of others, which fd tells of
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
	ahead, err := nested(fd)
	if err != nil {
		_ = epoll.Close()
		return err
	}
	r.epoll, r.fd, r.ahead = epoll, fd, ahead
	go (&rounds{reader: r, ahead: ahead, buf: make([]byte, 64<<10)}).run(raw)
	return nil
}

// anyAhead is the key of the epoll instance of those taken ahead.
const anyAhead = -1

// nested makes an epoll instance that is told of by another.
func nested(by int) (fd int, err error) {
	if fd, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return -1, os.NewSyscallError("epoll_create1", err)
	}
	ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: anyAhead}
	if err := unix.EpollCtl(by, unix.EPOLL_CTL_ADD, fd, &ev); err != nil {
		_ = unix.Close(fd)
		return -1, os.NewSyscallError("epoll_ctl", err)
	}
	return fd, nil
}

// prefer lets the reader take c ahead of others, or no longer. It tells whether it
// does: where one round takes all there are, it makes no difference.
func (r *reader) prefer(c *Conn, on bool) bool {
	if !on {
		_ = unix.EpollCtl(r.ahead, unix.EPOLL_CTL_DEL, c.fd, nil)
		return false
	}
	r.mu.Lock()
	crowd := len(r.conns)-len(r.free) > perRound
	r.mu.Unlock()
	ev := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP, Fd: c.key, Pad: c.turn}
	return crowd && unix.EpollCtl(r.ahead, unix.EPOLL_CTL_ADD, c.fd, &ev) == nil
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

const (
	// perRound is how many connections are told of at a time.
	perRound = 128
	// perLook is after how many others those to be taken ahead are looked for.
	perLook = 16
)

// rounds is what the goroutine of a reader works with.
type rounds struct {
	reader       *reader
	ahead        int
	receive      stamp.Receiver
	buf          []byte
	first, other [perRound]unix.EpollEvent
	conns        []*Conn
	n            uint32 // of the round
}

// run goes round until the epoll instance is closed.
func (o *rounds) run(raw interface {
	Read(func(fd uintptr) bool) error
}) {
	defer unix.Close(o.ahead)
	_ = raw.Read(func(fd uintptr) bool {
		for o.round(int(fd)) {
		}
		return false
	})
}

// round lets those whose bytes have come take them; false: there are none.
func (o *rounds) round(fd int) bool {
	n, err := unix.EpollWait(fd, o.other[:], 0)
	if err == unix.EINTR {
		return true
	}
	if err != nil || n == 0 {
		return false
	}
	o.n++
	ended := false
	for other := range slices.Chunk(o.other[:n], perLook) {
		if n > perLook || slices.ContainsFunc(other, isAhead) {
			m, _ := unix.EpollWait(o.ahead, o.first[:], 0)
			o.find(o.first[:max(m, 0)])
			ended = o.take(true) || ended
		}
		o.find(other)
		ended = o.take(false) || ended
	}
	if ended {
		runtime.Gosched() // whoever waited for an answer sends the next request before we go on
	}
	return true
}

func isAhead(ev unix.EpollEvent) bool { return ev.Fd == anyAhead }

// find looks up the connections that are told of.
func (o *rounds) find(events []unix.EpollEvent) {
	o.conns = o.conns[:0]
	o.reader.mu.Lock()
	defer o.reader.mu.Unlock()
	for _, ev := range events {
		if isAhead(ev) || int(ev.Fd) >= len(o.reader.conns) {
			continue
		}
		if c := o.reader.conns[ev.Fd]; c != nil && c.turn == ev.Pad {
			o.conns = append(o.conns, c)
		}
	}
}

// take calls the owners of those found; where they are not fresh from the kernel,
// without those that were taken ahead meanwhile.
func (o *rounds) take(fresh bool) (ended bool) {
	for _, c := range o.conns {
		if !fresh && c.round == o.n {
			continue
		}
		c.round = o.n
		if c.owner.Ready(&o.receive, o.buf) {
			ended = true
		}
	}
	return ended
}
