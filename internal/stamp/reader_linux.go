package stamp

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Receiver reads sockets by recvmsg, one after another. It allocates nothing and
// is not safe for concurrent use. The zero value is ready.
type Receiver struct {
	head    unix.Msghdr
	part    unix.Iovec
	control [16]uint64 // aligned as control messages are
}

// Enable asks the kernel to stamp what the socket fd receives. Bytes that came
// before may have no stamp.
func Enable(fd int) error {
	const flags = unix.SOF_TIMESTAMPING_RX_SOFTWARE | unix.SOF_TIMESTAMPING_SOFTWARE
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPING, flags); err != nil {
		return fmt.Errorf("kernel time stamps: %w", err)
	}
	return nil
}

// Receive makes one attempt to read the socket fd, which must not block; it is
// EAGAIN when nothing has come, and 0 bytes without an error at the end of the
// connection. at is the wall clock, in ns since 1970, at which the kernel
// received the newest of the n bytes, 0 where it does not say. The kernel keeps
// one stamp for segments that it merged, the newest one.
func (r *Receiver) Receive(fd int, b []byte) (n int, at int64, errno syscall.Errno) {
	r.part.Base = unsafe.SliceData(b)
	r.part.SetLen(len(b))
	r.head.Iov, r.head.Iovlen = &r.part, 1
	r.head.Control = (*byte)(unsafe.Pointer(&r.control))
	for {
		r.head.SetControllen(int(unsafe.Sizeof(r.control)))
		// Raw, since it never blocks: the scheduler need not be told.
		got, _, errno := unix.RawSyscall(unix.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&r.head)), 0)
		switch errno {
		case unix.EINTR:
			continue
		case 0:
			observed(uintptr(fd))
			return int(got), r.stamp(), 0
		}
		return 0, 0, errno
	}
}

// stamp finds the kernel's stamp in the control message of the latest read.
func (r *Receiver) stamp() int64 {
	const size = int(unsafe.Sizeof(unix.ScmTimestamping{}))
	head := (*unix.Cmsghdr)(unsafe.Pointer(&r.control))
	if int(r.head.Controllen) < unix.CmsgLen(size) || head.Level != unix.SOL_SOCKET || head.Type != unix.SCM_TIMESTAMPING {
		return 0
	}
	ts := (*unix.ScmTimestamping)(unsafe.Add(unsafe.Pointer(&r.control), unix.CmsgLen(0)))
	return ts.Ts[0].Nano()
}

// Reader reads one TCP connection by a Receiver. The runtime's poller does the
// waiting, so that deadlines and Close of the connection work as they do for its
// own Read. It is not safe for concurrent use.
type Reader struct {
	conn     *net.TCPConn
	raw      syscall.RawConn
	attempt  func(fd uintptr) bool // bound once: a method value made for each read would be allocated
	receiver Receiver
	b        []byte
	n        int
	at       int64
	errno    syscall.Errno
}

// NewReader asks the kernel to stamp what conn receives.
func NewReader(conn *net.TCPConn) (*Reader, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("kernel time stamps: %w", err)
	}
	var set error
	err = raw.Control(func(fd uintptr) { set = Enable(int(fd)) })
	if err = errors.Join(err, set); err != nil {
		return nil, err
	}
	r := &Reader{conn: conn, raw: raw}
	r.attempt = func(fd uintptr) bool {
		r.n, r.at, r.errno = r.receiver.Receive(int(fd), r.b)
		return r.errno != unix.EAGAIN
	}
	return r, nil
}

// Receive reads as net.Conn's Read does; at is that of Receiver.
func (r *Reader) Receive(b []byte) (n int, at int64, err error) {
	if len(b) == 0 {
		return 0, 0, nil
	}
	r.b = b
	err = r.raw.Read(r.attempt)
	r.b = nil
	switch {
	case err != nil:
		if op := new(net.OpError); errors.As(err, &op) {
			err = &net.OpError{Op: "read", Net: op.Net, Source: op.Source, Addr: r.conn.RemoteAddr(), Err: op.Err}
		}
		return 0, 0, err
	case r.errno != 0:
		return 0, 0, &net.OpError{
			Op: "read", Net: "tcp", Source: r.conn.LocalAddr(), Addr: r.conn.RemoteAddr(), Err: os.NewSyscallError("read", r.errno),
		}
	case r.n == 0:
		return 0, 0, io.EOF
	}
	return r.n, r.at, nil
}
