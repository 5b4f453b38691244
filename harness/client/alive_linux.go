package client

import (
	"net"

	"golang.org/x/sys/unix"
)

// alive implements link. Bytes may wait on TLS (session tickets do). One system
// call that never blocks.
func (c *conn) alive() bool {
	tcp, ok := c.wire.Conn.(*net.TCPConn)
	if !ok {
		return false
	}
	rc, err := tcp.SyscallConn()
	if err != nil {
		return false
	}
	ok = false
	err = rc.Control(func(fd uintptr) { ok = open(int(fd), c.secured()) })
	return ok && err == nil
}

// open tells that the peer of a socket has not closed it, and that nothing has
// come unless it may have.
func open(fd int, mayHave bool) bool {
	p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN | unix.POLLRDHUP}}
	n, err := unix.Poll(p, 0)
	return err == nil && (n == 0 || mayHave && p[0].Revents == unix.POLLIN)
}
