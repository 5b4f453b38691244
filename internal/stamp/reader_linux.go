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

// Reader reads one TCP connection by recvmsg. The runtime's poller does the
// waiting, so that deadlines and Close of the connection work as they do for its
// own Read. It allocates nothing a read and is not safe for concurrent use.
type Reader struct {
	conn    *net.TCPConn
	raw     syscall.RawConn
	attempt func(fd uintptr) bool // bound once: a method value made for each read would be allocated
	head    unix.Msghdr
	part    unix.Iovec
	control [16]uint64 // aligned as control messages are
	n       int
	errno   unix.Errno
}

// NewReader asks the kernel to stamp what conn receives. Bytes that came before
// may have no stamp.
func NewReader(conn *net.TCPConn) (*Reader, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("kernel time stamps: %w", err)
	}
	const flags = unix.SOF_TIMESTAMPING_RX_SOFTWARE | unix.SOF_TIMESTAMPING_SOFTWARE
	var set error
	err = raw.Control(func(fd uintptr) {
		set = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPING, flags)
	})
	if err = errors.Join(err, set); err != nil {
		return nil, fmt.Errorf("kernel time stamps: %w", err)
	}
	r := &Reader{conn: conn, raw: raw}
	r.attempt = r.receive
	r.head.Iov, r.head.Iovlen = &r.part, 1
	return r, nil
}

// Receive reads as net.Conn's Read does. at is the wall clock, in ns since 1970,
// at which the kernel received the newest of the n bytes, 0 where it does not
// say. The kernel keeps one stamp for segments that it merged, the newest one.
func (r *Reader) Receive(b []byte) (n int, at int64, err error) {
	if len(b) == 0 {
		return 0, 0, nil
	}
	r.part.Base = unsafe.SliceData(b)
	r.part.SetLen(len(b))
	err = r.raw.Read(r.attempt)
	r.part.Base = nil
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
	return r.n, r.stamp(), nil
}

// receive makes one attempt that does not block; false: nothing there yet.
func (r *Reader) receive(fd uintptr) bool {
	for {
		r.head.Control = (*byte)(unsafe.Pointer(&r.control))
		r.head.SetControllen(int(unsafe.Sizeof(r.control)))
		n, _, errno := unix.Syscall(unix.SYS_RECVMSG, fd, uintptr(unsafe.Pointer(&r.head)), 0)
		switch errno {
		case unix.EINTR:
		case unix.EAGAIN:
			return false
		default:
			observed(fd)
			r.n, r.errno = int(n), errno
			return true
		}
	}
}

// stamp finds the kernel's stamp in the control message of the latest read.
func (r *Reader) stamp() int64 {
	const size = int(unsafe.Sizeof(unix.ScmTimestamping{}))
	head := (*unix.Cmsghdr)(unsafe.Pointer(&r.control))
	if int(r.head.Controllen) < unix.CmsgLen(size) || head.Level != unix.SOL_SOCKET || head.Type != unix.SCM_TIMESTAMPING {
		return 0
	}
	ts := (*unix.ScmTimestamping)(unsafe.Add(unsafe.Pointer(&r.control), unix.CmsgLen(0)))
	return ts.Ts[0].Nano()
}
