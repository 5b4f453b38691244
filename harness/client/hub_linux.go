package client

import (
	"net"
	"os"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/dynbench/dynbench/internal/stamp"
)

// hub reads many connections on few goroutines. A goroutine for each connection
// costs, for each event, its wake-up, its sleep, and a read that finds nothing: a
// third of what an event costs in all, and on a busy machine the reason why events
// are taken late and merge.
type hub struct {
	mu      sync.Mutex
	readers []*reader
	next    int
}

// mostReaders bounds the goroutines of a hub: each takes some 100,000 events a
// second.
const mostReaders = 16

func newHub() *hub {
	h := &hub{readers: make([]*reader, min(runtime.GOMAXPROCS(0), mostReaders))}
	for i := range h.readers {
		h.readers[i] = &reader{}
	}
	return h
}

// adopt makes a link of a connection just opened; nil: it cannot, and leaves the
// connection as it is.
func (h *hub) adopt(tcp *net.TCPConn, p passage) *sock {
	fd := -1
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	// A descriptor of our own: the runtime would poll its one as well.
	if raw.Control(func(of uintptr) { fd, err = unix.FcntlInt(of, unix.F_DUPFD_CLOEXEC, 0) }) != nil || err != nil {
		return nil
	}
	p.stamps = stamp.Enable(fd) == nil
	h.mu.Lock()
	h.next = (h.next + 1) % len(h.readers)
	r := h.readers[h.next]
	h.mu.Unlock()
	k := &sock{passage: p, fd: fd, reader: r, over: make(chan error, 1), local: tcp.LocalAddr(), remote: tcp.RemoteAddr()}
	if r.add(k) != nil {
		_ = unix.Close(fd)
		return nil
	}
	_ = tcp.Close()
	return k
}

// reader waits for its socks and lets them take what came. Its goroutine lives
// while there are any. The epoll instance itself is waited for by the runtime.
type reader struct {
	mu    sync.Mutex
	epoll *os.File // nil: no goroutine
	fd    int      // of it
	socks []*sock  // by their key; nil: free
	free  []int32
	turn  int32 // tells the users of a key apart
}

// add lets the reader's goroutine see what k receives.
func (r *reader) add(k *sock) error {
	r.mu.Lock()
	last, err := r.addLocked(k)
	r.mu.Unlock()
	if last != nil {
		_ = last.Close()
	}
	return err
}

func (r *reader) addLocked(k *sock) (last *os.File, err error) {
	if r.epoll == nil {
		if err := r.start(); err != nil {
			return nil, err
		}
	}
	if n := len(r.free); n > 0 {
		k.key, r.free = r.free[n-1], r.free[:n-1]
	} else {
		k.key = int32(len(r.socks))
		r.socks = append(r.socks, nil)
	}
	r.turn++
	k.turn = r.turn
	r.socks[k.key] = k
	// By level: what a read leaves, the end of the connection included, is told of
	// again, so that no read has to find out that there is nothing left.
	ev := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP, Fd: k.key, Pad: k.turn}
	if err := unix.EpollCtl(r.fd, unix.EPOLL_CTL_ADD, k.fd, &ev); err != nil {
		return r.forget(k), err
	}
	return nil, nil
}

func (r *reader) start() error {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd)
		return err
	}
	r.epoll, r.fd = os.NewFile(uintptr(fd), "epoll"), fd
	raw, err := r.epoll.SyscallConn()
	if err == nil {
		go (&rounds{reader: r, buf: make([]byte, 64<<10)}).run(raw)
	}
	return err
}

// remove takes k out, closed as it is; the last one ends the goroutine, which the
// caller waits for. It must not hold the lock of a sock.
func (r *reader) remove(k *sock) {
	r.mu.Lock()
	last := r.forget(k)
	r.mu.Unlock()
	if last != nil {
		_ = last.Close()
	}
}

func (r *reader) forget(k *sock) (last *os.File) {
	r.socks[k.key] = nil
	if r.free = append(r.free, k.key); len(r.free) == len(r.socks) {
		last = r.epoll
		r.epoll, r.socks, r.free = nil, nil, nil
	}
	return last
}

// rounds is what the goroutine of a reader works with.
type rounds struct {
	reader  *reader
	receive stamp.Receiver
	buf     []byte
	events  [128]unix.EpollEvent
	socks   [128]*sock
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
		o.socks[i] = nil
		if int(ev.Fd) < len(o.reader.socks) {
			if k := o.reader.socks[ev.Fd]; k != nil && k.turn == ev.Pad {
				o.socks[i] = k
			}
		}
	}
	o.reader.mu.Unlock()
	ended := false
	for _, k := range o.socks[:n] {
		if k != nil && k.ready(&o.receive, o.buf) {
			ended = true
		}
	}
	if ended {
		runtime.Gosched() // whoever waited for an answer sends the next request before we go on
	}
	return true
}
