package truth

import (
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures/part"
)

// needsQuiet skips where times say nothing.
func needsQuiet(t *testing.T) {
	t.Helper()
	if raceEnabled {
		t.Skip("the race detector slows what is measured")
	}
}

// allowed is the limit of this run.
func allowed() time.Duration { return wide(limit) }

func envOf(t *testing.T) part.Env {
	return part.Env{Name: "engine-0", Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

// delayed is the address of a proxy in front of the server at url that passes
// on what the server sends only after a delay.
func delayed(t *testing.T, url string, by time.Duration) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var flows sync.WaitGroup
	t.Cleanup(func() { ln.Close(); flows.Wait() })
	go func() {
		for {
			down, err := ln.Accept()
			if err != nil {
				return
			}
			up, err := net.Dial("tcp", url[len("http://"):])
			if err != nil {
				down.Close()
				return
			}
			flows.Go(func() { defer up.Close(); _, _ = io.Copy(up, down) })
			flows.Go(func() { defer down.Close(); pass(down, up, by) })
		}
	}()
	return "http://" + ln.Addr().String()
}

// pass copies with the delay on each piece.
func pass(dst io.Writer, src io.Reader, by time.Duration) {
	buf := make([]byte, 1<<16)
	for {
		n, err := src.Read(buf)
		<-time.After(by)
		if _, werr := dst.Write(buf[:n]); werr != nil || err != nil {
			return
		}
	}
}
