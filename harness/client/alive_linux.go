package client

import (
	"crypto/tls"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// alive tells whether an idle connection can take a request: the peer has not
// closed it, and no answer to nothing lies in it. Bytes may wait on TLS
// (session tickets do). One system call that never blocks.
func (l *link) alive() bool {
	tcp, ok := l.wire.Conn.(*net.TCPConn)
	if !ok || l.br.Buffered() > 0 {
		return false
	}
	_, secure := l.Conn.(*tls.Conn)
	return check(tcp, secure)
}

func check(tcp syscall.Conn, secure bool) bool {
	rc, err := tcp.SyscallConn()
	if err != nil {
		return false
	}
	ok := false
	err = rc.Control(func(fd uintptr) {
		p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN | unix.POLLRDHUP}}
		n, err := unix.Poll(p, 0)
		got := p[0].Revents
		ok = err == nil && (n == 0 || secure && got == unix.POLLIN)
	})
	return ok && err == nil
}
