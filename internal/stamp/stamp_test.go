package stamp

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/dynbench/dynbench/internal/wait"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pair is a connection over loopback, with stamps on the first end.
func pair(t testing.TB) (*Reader, *net.TCPConn, *net.TCPConn) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	near, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	far, err := ln.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	r, err := NewReader(near.(*net.TCPConn))
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	require.NoError(t, err)
	return r, near.(*net.TCPConn), far.(*net.TCPConn)
}

// stamped writes until a stamp comes: the kernel begins to stamp a moment after
// the first socket of all has asked for it.
func stamped(t testing.TB, r *Reader, far net.Conn) (at int64) {
	b := make([]byte, 8)
	require.NoError(t, wait.AtMost(t.Context(), time.Minute, time.Millisecond, func(context.Context) (err error) {
		if _, err = far.Write([]byte("x")); err == nil {
			if _, at, err = r.Receive(b); err == nil && at == 0 {
				err = errors.New("no stamp")
			}
		}
		return err
	}))
	return at
}

func TestStampIsOfTheArrivalNotTheRead(t *testing.T) {
	r, _, far := pair(t)
	stamped(t, r, far)
	wall := NewWall(time.Now())
	before := time.Now()
	_, err := far.Write([]byte("early"))
	require.NoError(t, err)
	after := time.Now()
	<-time.After(30 * time.Millisecond) // the reader is late
	b := make([]byte, 64)
	n, at, err := r.Receive(b)
	require.NoError(t, err)
	require.Equal(t, "early", string(b[:n]))
	since, ok := wall.Since(at, time.Now())
	require.True(t, ok)
	slack := 10 * time.Microsecond // between the two clocks' readings
	require.Greater(t, since, before.Sub(wall.base)-slack)
	require.Less(t, since, after.Sub(wall.base)+10*time.Millisecond, "not when it was read")
	require.Zero(t, wall.Steps())
}

func TestMergedReadsHaveTheNewestStamp(t *testing.T) {
	r, _, far := pair(t)
	stamped(t, r, far)
	b := make([]byte, 64)
	_, err := far.Write([]byte("a"))
	require.NoError(t, err)
	<-time.After(5 * time.Millisecond)
	second := time.Now().UnixNano()
	_, err = far.Write([]byte("b"))
	require.NoError(t, err)
	n, at, err := r.Receive(b)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.GreaterOrEqual(t, at, second)
}

func TestEndsAsAConnectionDoes(t *testing.T) {
	b := make([]byte, 64)
	t.Run("nothing to read into", func(t *testing.T) {
		r, _, _ := pair(t)
		n, _, err := r.Receive(nil)
		require.NoError(t, err)
		require.Zero(t, n)
	})
	t.Run("end", func(t *testing.T) {
		r, _, far := pair(t)
		_, _ = io.Copy(far, strings.NewReader("last"))
		require.NoError(t, far.Close())
		n, _, err := r.Receive(b)
		require.NoError(t, err)
		require.Equal(t, 4, n)
		_, _, err = r.Receive(b)
		require.Equal(t, io.EOF, err)
	})
	t.Run("reset", func(t *testing.T) {
		r, _, far := pair(t)
		require.NoError(t, far.SetLinger(0))
		require.NoError(t, far.Close())
		_, _, err := r.Receive(b)
		require.ErrorContains(t, err, "read: connection reset by peer")
		require.ErrorAs(t, err, new(*net.OpError))
	})
	t.Run("deadline", func(t *testing.T) {
		r, near, _ := pair(t)
		require.NoError(t, near.SetReadDeadline(time.Now().Add(time.Millisecond)))
		_, _, err := r.Receive(b)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.NotContains(t, err.Error(), "raw-read")
	})
	t.Run("closed meanwhile", func(t *testing.T) {
		r, near, _ := pair(t)
		go func() { _ = near.Close() }()
		_, _, err := r.Receive(b)
		require.ErrorIs(t, err, net.ErrClosed)
	})
}

func TestAStepOfTheWallClockIsSeen(t *testing.T) {
	wall := NewWall(time.Now())
	now := time.Now()
	at, ok := wall.Since(now.UnixNano(), now)
	require.True(t, ok)
	require.InDelta(t, now.Sub(wall.base), at, float64(Step))
	require.False(t, wall.Check())

	wall.offset.Add(int64(time.Millisecond)) // as if it had been set back since
	_, ok = wall.Since(now.UnixNano(), time.Now())
	require.False(t, ok, "nobody knows on which side the stamp lies")
	require.Equal(t, 1, wall.Steps())
	_, ok = wall.Since(now.UnixNano(), time.Now())
	require.True(t, ok)
	require.Equal(t, 1, wall.Steps(), "a step is counted once")
}

// TestReadsAreSeenByTheRaceDetector fails under it, if at all.
func TestReadsAreSeenByTheRaceDetector(t *testing.T) {
	r, _, far := pair(t)
	written := 0
	go func() {
		written = 1
		_, _ = far.Write([]byte("x"))
	}()
	_, _, err := r.Receive(make([]byte, 8))
	require.NoError(t, err)
	require.Equal(t, 1, written)
}

func TestReceiveAllocatesNothing(t *testing.T) {
	r, _, far := pair(t)
	b, x := make([]byte, 64), []byte("x")
	wall := NewWall(time.Now())
	require.Zero(t, testing.AllocsPerRun(100, func() {
		_, _ = far.Write(x)
		_, at, _ := r.Receive(b)
		wall.Since(at, time.Now())
	}))
}

// The two benchmarks differ by what the stamp costs: both write and read one
// event over loopback.

func BenchmarkReceive(b *testing.B) {
	r, _, far := pair(b)
	wall := NewWall(time.Now())
	buf, event := make([]byte, 8<<10), []byte(strings.Repeat("x", 220))
	b.ReportAllocs()
	for b.Loop() {
		_, _ = far.Write(event)
		_, at, err := r.Receive(buf)
		if err != nil {
			b.Fatal(err)
		}
		wall.Since(at, time.Now())
	}
}

func BenchmarkPlainRead(b *testing.B) {
	_, near, far := pair(b)
	buf, event := make([]byte, 8<<10), []byte(strings.Repeat("x", 220))
	b.ReportAllocs()
	for b.Loop() {
		_, _ = far.Write(event)
		if _, err := near.Read(buf); err != nil {
			b.Fatal(err)
		}
		_ = time.Now()
	}
}
