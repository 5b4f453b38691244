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

// alive tells whether an idle connection can take a request: a read from it
// finds neither its end nor bytes that nobody asked for.
func (l *link) alive() bool {
	if l.br.Buffered() > 0 {
		return false
	}
	if time.Since(l.idle) < settled {
		return true
	}
	if err := l.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		return false
	}
	_, err := l.br.Peek(1)
	return errors.Is(err, os.ErrDeadlineExceeded)
}
