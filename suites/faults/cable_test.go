package faults

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync"

	"github.com/dynbench/dynbench/fixtures/part"
)

// cable leads to a part. Stopping the part cuts it: all connections break at
// once, as they do when a machine loses its power. A server that is stopped
// politely would serve its clients for some seconds more.
type cable struct{ part.Provider }

func (c cable) Start(ctx context.Context, env part.Env) (part.Part, error) {
	p, err := c.Provider.Start(ctx, env)
	if err != nil {
		return p, err
	}
	at, err := url.Parse(p.URL())
	if err != nil {
		return p, err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return p, fmt.Errorf("lay a cable to %s: %w", env.Name, err)
	}
	laid := &laid{Part: p, to: at.Host, ln: ln}
	at.Host = ln.Addr().String()
	laid.url = at.String()
	laid.ends.Go(laid.accept)
	return laid, nil
}

type laid struct {
	part.Part
	to, url string
	ln      net.Listener
	ends    sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
	cut   bool
}

func (l *laid) URL() string { return l.url }

func (l *laid) accept() {
	for {
		in, err := l.ln.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", l.to)
		if err != nil {
			_ = in.Close()
			continue
		}
		if l.keep(in, out) {
			l.ends.Go(func() { pass(in, out) })
			l.ends.Go(func() { pass(out, in) })
		}
	}
}

// keep remembers connections to cut, or closes them if that is over.
func (l *laid) keep(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		for _, c := range conns {
			_ = c.Close()
		}
		return false
	}
	l.conns = append(l.conns, conns...)
	return true
}

// pass hands on what comes until either side ends.
func pass(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
	_ = from.Close()
}

func (l *laid) Stop(ctx context.Context) error {
	l.mu.Lock()
	l.cut = true
	_ = l.ln.Close()
	for _, c := range l.conns {
		_ = c.Close()
	}
	l.mu.Unlock()
	l.ends.Wait()
	return l.Part.Stop(ctx)
}
