package client

import (
	"net"
	"sync/atomic"
	"time"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/internal/stamp"
)

// wire is one TCP connection that stamps what passes. It lies below TLS, where
// one record may take several reads: what the last of them completed arrived
// with it.
type wire struct {
	net.Conn
	kernel  *stamp.Reader // nil: the system gives no stamps
	wall    *stamp.Wall
	clock   record.Clock
	sent    int64 // before the first write since begin
	written int64 // after the last write
	last    arrival
	limits  limits
	gone    atomic.Bool // whoever waits for the answer has gone
}

// arrival is when the bytes of a read came.
type arrival struct {
	at     int64 // by the kernel's stamp of the newest byte, else after the read's return
	delay  int64 // from the kernel's stamp to the read's return
	read   int   // the how manieth read of the connection that gave bytes
	kernel bool
}

func newWire(conn net.Conn, clock record.Clock, wall *stamp.Wall) *wire {
	w := &wire{Conn: conn, clock: clock, wall: wall}
	if tcp, ok := conn.(*net.TCPConn); ok {
		w.kernel, _ = stamp.NewReader(tcp) // without it user time has to do, and records say so
	}
	return w
}

// begin forgets the stamps of the request before.
func (w *wire) begin() { w.sent, w.written, w.last = 0, 0, arrival{read: w.last.read} }

func (w *wire) Read(b []byte) (int, error) {
	for {
		n, at, err := w.receive(b)
		if n > 0 {
			w.arrive(at)
		}
		if err == nil || !w.goOn(err) {
			return n, err
		}
	}
}

func (w *wire) receive(b []byte) (n int, at int64, err error) {
	if w.kernel != nil {
		return w.kernel.Receive(b)
	}
	n, err = w.Conn.Read(b)
	return n, 0, err
}

// arrive stamps a read that has just returned; at is the kernel's stamp, or 0.
// One from before the send or from after now is not to be believed. Of segments
// that overtook each other the newest byte may not be the last to come.
func (w *wire) arrive(at int64) {
	now := time.Now()
	user := w.clock.At(now)
	a := arrival{at: user, read: w.last.read + 1}
	if at > 0 {
		since, ok := w.wall.Since(at, now)
		if at := int64(since); ok && at >= w.sent && at <= user+int64(stamp.Step) {
			a.at, a.kernel = min(max(at, w.last.at), user), true
			a.delay = user - a.at
		}
	}
	w.last = a
}

func (w *wire) Write(b []byte) (int, error) {
	if w.sent == 0 {
		w.sent = w.clock.Now()
	}
	n, err := w.Conn.Write(b)
	w.written = w.clock.Now()
	return n, err
}
