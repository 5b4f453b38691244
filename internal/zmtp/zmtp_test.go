package zmtp

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/dynbench/dynbench/internal/wait"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What ZMTP 3.0 says byte by byte.
func TestWireForm(t *testing.T) {
	g := greeting()
	require.Equal(t, []byte("\xff\x00\x00\x00\x00\x00\x00\x00\x00\x7f\x03\x00NULL"), g[:16])
	require.Equal(t, make([]byte, 48), g[16:])
	require.Equal(t, []byte("\x04\x26\x05READY\x0bSocket-Type\x00\x00\x00\x03SUB\x08Identity\x00\x00\x00\x00"), ready("SUB"))
	require.Equal(t, []byte("\x01\x01a\x01\x00\x00\x02bc"), AppendMessage(nil, []byte("a"), nil, []byte("bc")))
	long := AppendMessage(nil, make([]byte, 256))
	require.Equal(t, []byte("\x02\x00\x00\x00\x00\x00\x00\x01\x00"), long[:9])
	require.Len(t, long, 265)
}

func TestPublishSubscribe(t *testing.T) {
	p, err := NewPublisher()
	require.NoError(t, err)
	defer p.Close()
	p.Publish([]byte("kv"), []byte("nobody hears"))
	ctx, cancel := context.WithCancel(t.Context())
	got, ended, ready := make(chan string, 1000), make(chan error), make(chan struct{})
	go func() {
		ended <- Subscribe(ctx, p.Endpoint(), "kv", func() { close(ready) }, func(f [][]byte) { got <- string(bytes.Join(f, []byte("|"))) })
	}()
	<-ready
	require.NoError(t, wait.AtMost(t.Context(), time.Minute, time.Millisecond, func(context.Context) error {
		if p.Subscribers() != 1 {
			return fmt.Errorf("no subscriber yet")
		}
		return nil
	}))
	for i := range 500 {
		p.Publish([]byte("other"), []byte("x"))
		p.Publish([]byte("kv-events"), fmt.Append(nil, i), bytes.Repeat([]byte("y"), i))
	}
	for i := range 500 {
		require.Equal(t, fmt.Sprintf("kv-events|%d|%s", i, strings.Repeat("y", i)), <-got)
	}
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
	require.ErrorContains(t, Subscribe(t.Context(), "ipc://x", "", nil, nil), "is no endpoint")
}

func TestAsk(t *testing.T) {
	s, err := NewResponder(func(f [][]byte, reply func(...[]byte) error) {
		for i := range 3 {
			_ = reply(f[0], fmt.Append(nil, i))
		}
	})
	require.NoError(t, err)
	var got []string
	require.NoError(t, Ask(t.Context(), s.Endpoint(), func(f [][]byte) bool {
		got = append(got, string(bytes.Join(f, []byte("|"))))
		return len(got) < 3
	}, []byte("q")))
	require.Equal(t, []string{"q|0", "q|1", "q|2"}, got)
	s.Close()
	require.Error(t, Ask(t.Context(), s.Endpoint(), nil, []byte("q")))
}

// A peer that says nothing, or nonsense, holds nobody up, and is cut off.
func TestBadPeers(t *testing.T) {
	p, err := NewPublisher()
	require.NoError(t, err)
	addr := strings.TrimPrefix(p.Endpoint(), "tcp://")
	silent, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer silent.Close()
	rude, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer rude.Close()
	_, err = rude.Write(bytes.Repeat([]byte("GET / HTTP/1.1\r\n"), 8))
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, rude)
	_ = err // closed or reset: it has ended
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- Subscribe(ctx, p.Endpoint(), "", cancel, func([][]byte) {}) }()
	require.Error(t, <-ended)
	p.Close()

	for _, theirs := range []string{"", "x", strings.Repeat("x", 64), string(greeting()), string(greeting()) + "\x00\x02hi",
		string(greeting()) + "\x04\x09\x05READY\x0bSo", strings.Replace(string(greeting()), "NULL", "CURV", 1)} {
		_, err := Handshake(io.Discard, bufio.NewReader(strings.NewReader(theirs)), "SUB")
		require.Error(t, err)
	}
}

func FuzzReadMessage(f *testing.F) {
	f.Add(AppendMessage(nil, []byte("kv"), make([]byte, 8), make([]byte, 300)))
	f.Add([]byte("\x04\x04PING\x00\x00"))
	f.Add([]byte("\x02\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		frames, err := ReadMessage(bufio.NewReader(bytes.NewReader(b)))
		if err != nil {
			return
		}
		again, err := ReadMessage(bufio.NewReader(bytes.NewReader(AppendMessage(nil, frames...))))
		require.NoError(t, err)
		require.Equal(t, len(frames), len(again))
		for i := range frames {
			require.True(t, bytes.Equal(frames[i], again[i]))
		}
	})
}

func FuzzHandshake(f *testing.F) {
	f.Add(append(greeting(), ready("PUB")...))
	f.Fuzz(func(_ *testing.T, b []byte) {
		_, _ = Handshake(io.Discard, bufio.NewReader(bytes.NewReader(b)), "SUB")
	})
}
