package client

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"

	"github.com/dynbench/dynbench/harness/record"
)

// bufSize is the size of each of a slot's two read buffers. A burst larger than
// it takes more than one read.
const bufSize = 8 << 10

// wire is one TCP connection that stamps what passes. It lies below TLS.
type wire struct {
	net.Conn
	clock   record.Clock
	sent    int64 // before the first write since begin
	written int64 // after the last write
	arrived int64 // after the latest read that gave bytes
	reads   int   // reads that gave bytes, ever
}

// begin forgets the stamps of the request before.
func (w *wire) begin() { w.sent, w.written, w.arrived = 0, 0, 0 }

func (w *wire) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if n > 0 {
		w.arrived = w.clock.Now()
		w.reads++
	}
	return n, err
}

func (w *wire) Write(b []byte) (int, error) {
	if w.sent == 0 {
		w.sent = w.clock.Now()
	}
	n, err := w.Conn.Write(b)
	w.written = w.clock.Now()
	return n, err
}

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
	w := &wire{Conn: raw, clock: c.cfg.Clock}
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
