package hub

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/dynbench/dynbench/internal/stamp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// taker reads all that comes and tells of it.
type taker struct {
	conn *Conn
	got  chan string // and, last, the error

	mu     sync.Mutex
	closed bool
	once   bool // pause after each read
}

func (k *taker) Ready(receive *stamp.Receiver, buf []byte) (ended bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return false
	}
	n, _, err := k.conn.Receive(receive, buf)
	switch {
	case errors.Is(err, ErrNothing):
		return false
	case err != nil:
		k.conn.Pause()
		k.got <- err.Error()
		return true
	}
	if k.once {
		k.conn.Pause()
	}
	k.got <- string(buf[:n])
	return false
}

func (k *taker) close() error {
	k.mu.Lock()
	k.closed = true
	k.mu.Unlock()
	return k.conn.Close()
}

// pair is a connection over loopback.
func pair(t testing.TB) (near, far *net.TCPConn) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	a, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	b, err := ln.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = a.Close(), b.Close() })
	return a.(*net.TCPConn), b.(*net.TCPConn)
}

func watched(t testing.TB, h *Hub) (*taker, *net.TCPConn) {
	near, far := pair(t)
	c, err := h.Adopt(near)
	require.NoError(t, err)
	k := &taker{conn: c, got: make(chan string, 64)}
	require.NoError(t, c.Watch(k))
	return k, far
}

func TestWhatComesIsTaken(t *testing.T) {
	h := New()
	require.True(t, h.Idle())
	k, far := watched(t, h)
	require.False(t, h.Idle())
	require.True(t, k.conn.Quiet())
	for _, s := range []string{"a", "b"} {
		_, err := io.WriteString(far, s)
		require.NoError(t, err)
		require.Equal(t, s, <-k.got)
	}
	require.NoError(t, far.Close())
	require.Equal(t, io.EOF.Error(), <-k.got)
	require.False(t, k.conn.Quiet())
	require.NoError(t, k.close())
	require.True(t, h.Idle())
}

// Data and the end that come at one time are told of at one time: whoever reads
// only the data must still learn of the end.
func TestAnEndRightBehindTheDataIsSeen(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*net.TCPConn)
		says string
	}{
		"closed": {func(c *net.TCPConn) { _ = c.Close() }, "EOF"},
		"reset":  {func(c *net.TCPConn) { _ = c.SetLinger(0); _ = c.Close() }, "reset"},
	} {
		t.Run(name, func(t *testing.T) {
			h := New()
			for range 50 {
				k, far := watched(t, h)
				_, err := io.WriteString(far, "data")
				require.NoError(t, err)
				c.end(far)
				last := <-k.got
				if last == "data" {
					last = <-k.got
				}
				require.Contains(t, last, c.says)
				require.NoError(t, k.close())
			}
		})
	}
}

func TestNothingIsReadOfWhatIsPaused(t *testing.T) {
	h := New()
	k, far := watched(t, h)
	k.once = true
	_, err := io.WriteString(far, "a")
	require.NoError(t, err)
	require.Equal(t, "a", <-k.got)
	_, err = io.WriteString(far, "b")
	require.NoError(t, err)
	require.NoError(t, far.Close())
	select {
	case s := <-k.got:
		t.Fatalf("read %q", s)
	case <-time.After(20 * time.Millisecond):
	}
	for _, s := range []string{"b", io.EOF.Error()} {
		require.NoError(t, k.conn.Resume())
		require.Equal(t, s, <-k.got)
	}
	require.NoError(t, k.close())
}

// A write that the peer does not take waits, until nobody wants it any more.
func TestWriteWaits(t *testing.T) {
	h := New()
	k, far := watched(t, h)
	large := []byte(strings.Repeat("x", 16<<20))
	asked := 0
	n, err := k.conn.Write(large, func() bool { asked++; return asked == 2 })
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	require.Less(t, n, len(large))
	read := make(chan int64)
	go func() {
		n, _ := io.Copy(io.Discard, far)
		read <- n
	}()
	m, err := k.conn.Write(large[n:], func() bool { return false })
	require.NoError(t, err)
	require.Equal(t, len(large), n+m)
	require.NoError(t, k.close())
	require.EqualValues(t, len(large), <-read)
}

func TestWriteToAClosedConnection(t *testing.T) {
	h := New()
	k, far := watched(t, h)
	require.NoError(t, far.SetLinger(0))
	require.NoError(t, far.Close())
	require.Contains(t, <-k.got, "reset")
	_, err := k.conn.Write([]byte("x"), func() bool { return false })
	require.ErrorContains(t, err, "write: broken pipe")
	require.ErrorAs(t, err, new(*net.OpError))
	require.EqualError(t, k.conn.Spoiled(), err.Error())
	require.NoError(t, k.close())
}

// What cannot be adopted stays as it is.
func TestAClosedConnectionIsNotAdopted(t *testing.T) {
	near, _ := pair(t)
	require.NoError(t, near.Close())
	_, err := New().Adopt(near)
	require.ErrorIs(t, err, net.ErrClosed)
}

// Keys at a reader are used again, and what an old connection was told of never
// reaches the new one.
func TestManyConnectionsComeAndGo(t *testing.T) {
	h := New()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 50 {
				k, far := watched(t, h)
				word := strings.Repeat("y", i+1)
				_, err := io.WriteString(far, word)
				if got := <-k.got; err != nil || got != word {
					t.Errorf("got %q, %v", got, err)
				}
				if err := k.close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	require.True(t, h.Idle(), "no goroutine is left when no connection is")
}

// silent takes what comes and says nothing but that it did.
type silent struct {
	conn *Conn
	took chan struct{}
}

func (k *silent) Ready(receive *stamp.Receiver, buf []byte) (ended bool) {
	if _, _, err := k.conn.Receive(receive, buf); err == nil {
		k.took <- struct{}{}
	}
	return false
}

// BenchmarkReady is one event from a write to the owner and back to the writer.
func BenchmarkReady(b *testing.B) {
	near, far := pair(b)
	c, err := New().Adopt(near)
	require.NoError(b, err)
	k := &silent{conn: c, took: make(chan struct{}, 1)}
	require.NoError(b, c.Watch(k))
	event := []byte(strings.Repeat("x", 220))
	b.ReportAllocs()
	for b.Loop() {
		_, _ = far.Write(event)
		<-k.took
	}
	_ = c.Close()
}
