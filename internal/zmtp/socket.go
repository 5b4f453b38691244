package zmtp

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// handshakeTime is how long a peer may take to open a connection.
const handshakeTime = 5 * time.Second

// Server accepts connections until it is closed and serves each in a goroutine.
type Server struct {
	listener net.Listener
	socket   string
	serve    func(c net.Conn, r *bufio.Reader)

	mu     sync.Mutex
	conns  map[net.Conn]struct{} // nil: closed
	active sync.WaitGroup
}

// loopback is a loopback port that the kernel picks.
const loopback = "127.0.0.1:0"

// listen begins to accept at an address.
func listen(socket, addr string, serve func(net.Conn, *bufio.Reader)) (*Server, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	s := &Server{listener: l, socket: socket, serve: serve, conns: map[net.Conn]struct{}{}}
	s.active.Go(s.accept)
	return s, nil
}

// Endpoint is where to connect to: tcp://127.0.0.1:NNN.
func (s *Server) Endpoint() string { return "tcp://" + s.listener.Addr().String() }

// Close ends all connections and returns when nothing of the server runs.
func (s *Server) Close() {
	_ = s.listener.Close()
	s.mu.Lock()
	for c := range s.conns {
		_ = c.Close()
	}
	s.conns = nil
	s.mu.Unlock()
	s.active.Wait()
}

func (s *Server) accept() {
	for {
		c, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		s.mu.Lock()
		if s.conns == nil {
			_ = c.Close()
		} else {
			s.conns[c] = struct{}{}
			s.active.Go(func() { s.one(c) })
		}
		s.mu.Unlock()
	}
}

func (s *Server) one(c net.Conn) {
	defer func() {
		_ = c.Close()
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}()
	r := bufio.NewReader(c)
	_ = c.SetDeadline(time.Now().Add(handshakeTime))
	if _, err := Handshake(c, r, s.socket); err != nil {
		return
	}
	_ = c.SetDeadline(time.Time{})
	s.serve(c, r)
}

// Publisher is a PUB socket. A subscriber that does not keep up loses messages,
// which it notices by their numbers.
type Publisher struct {
	*Server
	mu   sync.Mutex
	subs map[*subscriber]struct{}
}

type subscriber struct {
	mu     sync.Mutex
	topics [][]byte
	queue  chan []byte
}

// highWater is how many messages may wait for one subscriber.
const highWater = 1 << 14

// NewPublisher listens on a loopback port that the kernel picks.
func NewPublisher() (*Publisher, error) { return PublishAt(loopback) }

// PublishAt listens at HOST:PORT.
func PublishAt(addr string) (*Publisher, error) {
	p := &Publisher{subs: map[*subscriber]struct{}{}}
	var err error
	if p.Server, err = listen("PUB", addr, p.subscriber); err != nil {
		return nil, fmt.Errorf("listen for subscribers: %w", err)
	}
	return p, nil
}

// Publish sends a message to all that have subscribed to what its first frame
// begins with. It does not wait for them.
func (p *Publisher) Publish(frames ...[]byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.subs) == 0 {
		return
	}
	message := AppendMessage(nil, frames...)
	for s := range p.subs {
		if !s.wants(frames[0]) {
			continue
		}
		select {
		case s.queue <- message:
		default: // its own fault
		}
	}
}

// Subscribers returns how many have subscribed to something.
func (p *Publisher) Subscribers() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for s := range p.subs {
		s.mu.Lock()
		if len(s.topics) > 0 {
			n++
		}
		s.mu.Unlock()
	}
	return n
}

func (s *subscriber) wants(topic []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.topics {
		if bytes.HasPrefix(topic, t) {
			return true
		}
	}
	return false
}

// subscriber serves one connection: it reads subscriptions and writes messages.
func (p *Publisher) subscriber(c net.Conn, r *bufio.Reader) {
	s := &subscriber{queue: make(chan []byte, highWater)}
	p.mu.Lock()
	p.subs[s] = struct{}{}
	p.mu.Unlock()
	gone := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		for {
			select {
			case m := <-s.queue:
				if _, err := c.Write(m); err != nil {
					_ = c.Close() // ends the reader
					return
				}
			case <-gone:
				return
			}
		}
	})
	for {
		frames, err := ReadMessage(r)
		if err != nil {
			break
		}
		s.subscribe(frames)
	}
	p.mu.Lock()
	delete(p.subs, s)
	p.mu.Unlock()
	close(gone)
	_ = c.Close() // ends the writer
	writer.Wait()
}

// subscribe applies a subscription: 1 and a topic; or its end: 0 and the topic.
func (s *subscriber) subscribe(frames [][]byte) {
	if len(frames) != 1 || len(frames[0]) == 0 {
		return
	}
	topic := frames[0][1:]
	s.mu.Lock()
	defer s.mu.Unlock()
	switch frames[0][0] {
	case 1:
		s.topics = append(s.topics, topic)
	case 0:
		for i, t := range s.topics {
			if bytes.Equal(t, topic) {
				s.topics = append(s.topics[:i], s.topics[i+1:]...)
				return
			}
		}
	}
}

// NewResponder is a ROUTER socket on a loopback port that the kernel picks. For
// each message it calls answer with what follows the empty frame, and sends what
// answer gives to reply, behind an empty frame.
func NewResponder(answer func(frames [][]byte, reply func(frames ...[]byte) error)) (*Server, error) {
	return RespondAt(loopback, answer)
}

// RespondAt is NewResponder at HOST:PORT.
func RespondAt(addr string, answer func(frames [][]byte, reply func(frames ...[]byte) error)) (*Server, error) {
	s, err := listen("ROUTER", addr, func(c net.Conn, r *bufio.Reader) {
		reply := func(frames ...[]byte) error {
			_, err := c.Write(AppendMessage(nil, append([][]byte{nil}, frames...)...))
			return err
		}
		for {
			frames, err := ReadMessage(r)
			if err != nil {
				return
			}
			if len(frames) > 1 && len(frames[0]) == 0 {
				answer(frames[1:], reply)
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("listen for requests: %w", err)
	}
	return s, nil
}

// dial connects to tcp://HOST:PORT as a socket of that type; ctx ends the
// connection, too.
func dial(ctx context.Context, endpoint, socket string) (net.Conn, *bufio.Reader, error) {
	addr, ok := strings.CutPrefix(endpoint, "tcp://")
	if !ok {
		return nil, nil, fmt.Errorf("%q is no endpoint such as tcp://127.0.0.1:5557", endpoint)
	}
	c, err := (&net.Dialer{Timeout: handshakeTime}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	r := bufio.NewReaderSize(c, 64<<10)
	_ = c.SetDeadline(time.Now().Add(handshakeTime))
	if _, err := Handshake(c, r, socket); err != nil {
		stop()
		_ = c.Close()
		return nil, nil, fmt.Errorf("open %s: %w", endpoint, err)
	}
	_ = c.SetDeadline(time.Time{})
	return c, r, nil
}

// Subscribe connects a SUB socket to endpoint, calls ready when it has
// subscribed to what begins with topic, and then hear with each message, until
// ctx ends or the connection breaks. It returns why.
func Subscribe(ctx context.Context, endpoint, topic string, ready func(), hear func(frames [][]byte)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c, r, err := dial(ctx, endpoint, "SUB")
	if err != nil {
		return err
	}
	if _, err := c.Write(AppendMessage(nil, append([]byte{1}, topic...))); err != nil {
		return fmt.Errorf("subscribe at %s: %w", endpoint, err)
	}
	ready()
	for {
		frames, err := ReadMessage(r)
		if err != nil {
			return fmt.Errorf("hear %s: %w", endpoint, errors.Join(ctx.Err(), err))
		}
		hear(frames)
	}
}

// Ask sends request to a ROUTER socket and calls hear with each answer, without
// its empty frame, until hear returns false or ctx ends.
func Ask(ctx context.Context, endpoint string, hear func(frames [][]byte) bool, request ...[]byte) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c, r, err := dial(ctx, endpoint, "DEALER")
	if err != nil {
		return err
	}
	if _, err := c.Write(AppendMessage(nil, append([][]byte{nil}, request...)...)); err != nil {
		return fmt.Errorf("ask %s: %w", endpoint, err)
	}
	for {
		frames, err := ReadMessage(r)
		if err != nil {
			return fmt.Errorf("ask %s: %w", endpoint, errors.Join(ctx.Err(), err))
		}
		if len(frames) < 2 || len(frames[0]) != 0 {
			return fmt.Errorf("ask %s: an answer without an empty first frame", endpoint)
		}
		if !hear(frames[1:]) {
			return nil
		}
	}
}
