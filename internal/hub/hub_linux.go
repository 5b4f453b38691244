package hub

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/dynbench/dynbench/internal/stamp"
)

// Hub has some readers, among which it shares out its connections. It is safe for
// concurrent use.
type Hub struct {
	mu      sync.Mutex
	readers []*reader
	next    int
}

// mostReaders bounds the goroutines of a hub: each takes some 100,000 events a
// second.
const mostReaders = 16

// New makes a hub of a reader for each processor. Its goroutines live while they
// have connections.
func New() *Hub {
	h := &Hub{readers: make([]*reader, min(runtime.GOMAXPROCS(0), mostReaders))}
	for i := range h.readers {
		h.readers[i] = &reader{}
	}
	return h
}

// Owner takes what comes on a connection.
type Owner interface {
	// Ready is called when something has come: bytes, an error, or the end. It takes
	// it by Conn.Receive with these two, which are lent for the call; what it leaves
	// it is told of again. It runs on the goroutine of the reader: whatever it waits
	// for, all its connections wait for. ended tells that somebody who may have
	// something to do waited for this: the others come after that one.
	Ready(receive *stamp.Receiver, buf []byte) (ended bool)
}

// Adopt takes a connection just opened from the runtime; Watch must follow. After
// an error it is left as it is.
func (h *Hub) Adopt(tcp *net.TCPConn) (*Conn, error) {
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("adopt a connection: %w", err)
	}
	fd := -1
	var dup error
	// A descriptor of our own: the runtime would poll its one as well.
	err = raw.Control(func(of uintptr) { fd, dup = unix.FcntlInt(of, unix.F_DUPFD_CLOEXEC, 0) })
	if err != nil || dup != nil {
		return nil, fmt.Errorf("adopt a connection: %w", errors.Join(err, dup))
	}
	h.mu.Lock()
	h.next = (h.next + 1) % len(h.readers)
	r := h.readers[h.next]
	h.mu.Unlock()
	return &Conn{fd: fd, tcp: tcp, reader: r, local: tcp.LocalAddr(), remote: tcp.RemoteAddr()}, nil
}

// Idle tells that no connection is left, and no goroutine.
func (h *Hub) Idle() bool {
	for _, r := range h.readers {
		if !r.idle() {
			return false
		}
	}
	return true
}
