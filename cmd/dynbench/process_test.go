package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/internal/wait"
)

// asProgram makes this test binary behave as the program.
const asProgram = "DYNBENCH_AS_PROGRAM"

// child is a dynbench process of its own.
type child struct {
	*exec.Cmd
	errs *lockedBuffer
}

func (b *bench) start(args ...string) *child {
	b.t.Helper()
	self, err := os.Executable()
	require.NoError(b.t, err)
	c := &child{exec.Command(self, args...), &lockedBuffer{}}
	c.Env = append(os.Environ(), asProgram+"=1")
	c.Dir, c.Stderr = b.dir, c.errs
	require.NoError(b.t, c.Start())
	return c
}

// code waits for the end of the process; -1: it was killed.
func (c *child) code(t *testing.T) int {
	t.Helper()
	err := c.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	t.Logf("exit %d\n%s", c.ProcessState.ExitCode(), c.errs)
	return c.ProcessState.ExitCode()
}

// lockedBuffer is read while a process writes to it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	require.NoError(t, wait.AtMost(t.Context(), time.Minute, time.Millisecond, func(context.Context) error {
		if !is() {
			return errors.New(what)
		}
		return nil
	}))
}

func needSignals(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("no signals to other processes on Windows")
	}
}

func TestCtrlCThenResume(t *testing.T) {
	needSignals(t)
	b := newBench(t)
	e := (&endpoint{token: time.Millisecond}).serve(t)
	line := b.line(e, "--concurrencies=1,2", "--requests=100")
	c := b.start(line...)
	until(t, "the second level", func() bool { return e.Asked.Load() > 150 })
	require.NoError(t, c.Process.Signal(os.Interrupt))
	require.Equal(t, exitSIGINT, c.code(t))
	run, err := result.Load(b.path("chat"))
	require.NoError(t, err)
	require.Equal(t, result.LevelOK, run.Level("c1").State)
	require.Equal(t, result.LevelPartial, run.Level("c2").State)
	require.Positive(t, run.Level("c2").Requests)

	require.Equal(t, exitOK, b.start(append(line, "--resume")...).code(t))
	b.complete(map[string]int{"c1": 100, "c2": 100})
	kept, err := filepath.Glob(b.path("chat", ".old-*", "c2", result.RecordsFile))
	require.NoError(t, err)
	require.Len(t, kept, 1, "what the partial level had recorded is kept")
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	needSignals(t)
	b := newBench(t)
	e := (&endpoint{spoil: func(n int64, w http.ResponseWriter) bool { return n > 1 && hang(t.Context()) }}).serve(t)
	c := b.start(b.line(e, "--concurrencies=1")...)
	until(t, "a request that hangs", func() bool { return e.Asked.Load() > 1 })
	require.NoError(t, c.Process.Signal(os.Interrupt))
	until(t, "the notice", func() bool { return strings.Contains(c.errs.String(), "a second signal ends at once") })
	require.NoError(t, c.Process.Signal(os.Interrupt))
	require.Equal(t, exitSIGINT, c.code(t))
	raw, err := os.ReadFile(b.path("chat", result.RunFile))
	require.NoError(t, err)
	require.Contains(t, string(raw), `"state": "running"`, "nothing was written any more")
}

func hang(ctx context.Context) bool {
	<-ctx.Done()
	return true
}

// TestKillThenResume kills the program twice at random moments and resumes: in
// the end every level is whole and each request is recorded once.
// DYNBENCH_KILLS sets the number of rounds.
func TestKillThenResume(t *testing.T) {
	needSignals(t)
	rounds := 3
	if n, err := strconv.Atoi(os.Getenv("DYNBENCH_KILLS")); err == nil {
		rounds = n
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	for round := range rounds {
		rng := rand.New(rand.NewPCG(seed, uint64(round)))
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			b := newBench(t)
			e := (&endpoint{token: time.Millisecond / 2}).serve(t)
			line := b.line(e, "--concurrencies=1,2,3", "--requests=40", "--resume")
			for range 2 {
				c := b.start(line...)
				moment := e.Asked.Load() + rng.Int64N(120)
				done := make(chan struct{})
				go func() { defer close(done); c.code(t) }()
				until(t, "the moment", func() bool { return e.Asked.Load() >= moment || isClosed(done) })
				_ = c.Process.Kill() // it may have ended
				<-done
			}
			require.Equal(t, exitOK, b.start(line...).code(t))
			b.complete(map[string]int{"c1": 40, "c2": 40, "c3": 40})
		})
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// complete holds that the run is whole, with these requests in its levels.
func (b *bench) complete(levels map[string]int) {
	b.t.Helper()
	require.Equal(b.t, exitOK, b.run("validate", "benchmarks/results/chat").Code)
	run, err := result.Load(b.path("chat"))
	require.NoError(b.t, err)
	require.Equal(b.t, result.Complete, run.State)
	require.Len(b.t, run.Levels, len(levels))
	for _, l := range run.Levels {
		require.Equal(b.t, result.LevelOK, l.State, l.Name)
		require.Equal(b.t, levels[l.Name], l.Requests, l.Name)
		seen := map[uint64]bool{}
		measured := 0
		for r, err := range record.ReadFile(b.path("chat", l.Dir, result.RecordsFile)) {
			require.NoError(b.t, err)
			require.False(b.t, seen[r.ID], "request %d of %s twice", r.ID, l.Name)
			seen[r.ID] = true
			if r.Phase != record.Warmup {
				measured++
			}
		}
		require.Equal(b.t, levels[l.Name], measured, l.Name)
	}
}
