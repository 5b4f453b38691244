//go:build !linux

package client

import (
	"errors"
	"os"
	"time"
)

// settled is how long a connection may idle without being looked at: looking
// costs a read that waits.
const settled = 100 * time.Millisecond

// alive implements link: a read finds neither the end of the connection nor bytes
// that nobody asked for.
func (c *conn) alive() bool {
	if time.Since(c.idle) < settled {
		return true
	}
	if err := c.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		return false
	}
	n, err := c.over.Read(make([]byte, 1))
	return n == 0 && errors.Is(err, os.ErrDeadlineExceeded)
}
