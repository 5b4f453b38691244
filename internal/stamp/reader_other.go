//go:build !linux

package stamp

import (
	"errors"
	"fmt"
	"net"
)

// Reader does not exist on this system.
type Reader struct{}

// NewReader fails with errors.ErrUnsupported.
func NewReader(*net.TCPConn) (*Reader, error) {
	return nil, fmt.Errorf("kernel time stamps: %w", errors.ErrUnsupported)
}

// Receive is never called: there is no Reader to call it on.
func (*Reader) Receive([]byte) (n int, at int64, err error) { return 0, 0, errors.ErrUnsupported }
