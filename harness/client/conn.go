package client

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"
)

// bufSize is the size of each of a slot's two read buffers. A burst larger than
// it takes more than one read.
const bufSize = 8 << 10

// link is a connection ready for requests.
type link struct {
	net.Conn // the wire, or TLS over it
	wire     *wire
	br       *bufio.Reader
	served   int       // requests answered on it
	idle     time.Time // since when
}

// dial opens a connection, TLS handshake included.
func (c *Client) dial(ctx context.Context, br *bufio.Reader) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Connect)
	defer cancel()
	var d net.Dialer
	raw, err := d.DialContext(ctx, "tcp", c.addr)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", c.addr, err)
	}
	w := newWire(raw, c.cfg.Clock, c.wall)
	l := &link{Conn: w, wire: w, br: br}
	if c.base.Scheme == "https" {
		conf := c.cfg.TLS.Clone()
		if conf == nil {
			conf = &tls.Config{}
		}
		if conf.ServerName == "" {
			conf.ServerName = c.base.Hostname()
		}
		conf.NextProtos = []string{"http/1.1"}
		t := tls.Client(w, conf)
		if err := t.HandshakeContext(ctx); err != nil {
			_ = raw.Close()
			return nil, fmt.Errorf("tls handshake with %s: %w", c.addr, err)
		}
		l.Conn = t
	}
	br.Reset(l.Conn)
	l.idle = time.Now()
	return l, nil
}
