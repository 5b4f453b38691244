//go:build unix

package proc_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/dynbench/dynbench/internal/proc"
	"github.com/dynbench/dynbench/internal/wait"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// shell runs a script, and stops it with the test.
func shell(t *testing.T, script string, change ...func(*proc.Spec)) *proc.Process {
	t.Helper()
	s := proc.Spec{Name: "script", Path: "sh", Args: []string{"-c", script}, Grace: 10 * time.Second}
	for _, f := range change {
		f(&s)
	}
	p, err := proc.Start(t.Context(), s)
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.Stop(canceled()) })
	return p
}

// canceled asks Stop for force.
func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// until fails the test if try does not succeed in time.
func until(t *testing.T, try func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.NoError(t, wait.Until(ctx, 5*time.Millisecond, try))
}

// said waits until the log of p contains text, and returns the log.
func said(t *testing.T, p *proc.Process, text string) string {
	t.Helper()
	until(t, func(context.Context) error {
		if !strings.Contains(p.Log(), text) {
			return os.ErrNotExist
		}
		return nil
	})
	return p.Log()
}

// pidIn waits for a process id in a file.
func pidIn(t *testing.T, file string) (pid int) {
	t.Helper()
	until(t, func(context.Context) error {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
		return err
	})
	return pid
}

// alive tells whether pid runs; one that waits to be reaped does not.
func alive(pid int) bool {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return syscall.Kill(pid, 0) == nil && !strings.Contains(string(stat), ") Z ")
}

func TestExitIsTold(t *testing.T) {
	for _, tt := range []struct {
		name, script string
		want         proc.ExitError
		text         string
	}{
		{"code", "echo one; echo two >&2; exit 3", proc.ExitError{Code: 3, Lines: "one\ntwo"},
			"script exited with code 3; its last lines:\n    one\n    two"},
		{"success", "exit 0", proc.ExitError{}, "script exited with code 0, without a word"},
		{"signal", "echo; kill -SEGV $$", proc.ExitError{Code: -1, Signal: "segmentation fault"},
			"script was ended by signal: segmentation fault, without a word"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := shell(t, tt.script)
			err := <-p.Exited()
			var exit *proc.ExitError
			require.ErrorAs(t, err, &exit)
			tt.want.Name = "script"
			require.Equal(t, tt.want, *exit)
			require.EqualError(t, err, tt.text)
			_, open := <-p.Exited()
			require.False(t, open, "closed after the error")
			require.Equal(t, err, p.Err())
			require.NoError(t, p.Stop(t.Context()), "stopping what has ended")
		})
	}
}

// The end of a process that lives for a moment, alone, is told every time.
func TestShortLives(t *testing.T) {
	for range 20 {
		p, err := proc.Start(t.Context(), proc.Spec{Path: "true"})
		require.NoError(t, err)
		require.EqualError(t, <-p.Exited(), "true exited with code 0, without a word")
		require.NoError(t, p.Stop(t.Context()))
	}
}

func TestStopIsPolite(t *testing.T) {
	p := shell(t, `trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.01; done`)
	said(t, p, "up")
	require.NoError(t, p.Stop(t.Context()))
	require.NoError(t, p.Stop(t.Context()), "twice")
	require.Equal(t, "up\nbye", p.Log(), "kept after the end")
	require.False(t, alive(p.PID()))
	select {
	case err := <-p.Exited():
		t.Fatalf("a stopped process has not exited by itself: %v", err)
	default:
	}
}

func TestStopTakesForce(t *testing.T) {
	const deaf = `trap '' TERM; echo up; while :; do sleep 0.01; done`
	t.Run("grace", func(t *testing.T) {
		p := shell(t, deaf, func(s *proc.Spec) { s.Grace = 60 * time.Millisecond })
		said(t, p, "up")
		require.EqualError(t, p.Stop(t.Context()), "script: killed 60ms after SIGTERM")
		require.False(t, alive(p.PID()))
	})
	t.Run("context", func(t *testing.T) {
		p := shell(t, deaf)
		said(t, p, "up")
		require.EqualError(t, p.Stop(canceled()), "script did not end in time: context canceled; killed")
		require.False(t, alive(p.PID()))
	})
}

// A shell that waits for its foreground child does not hear the signal that it
// gets alone; the rest of the tree gets it after a third of the grace.
func TestStopReachesTheTree(t *testing.T) {
	child := filepath.Join(t.TempDir(), "pid")
	p := shell(t, `trap 'exit 0' TERM; sh -c 'echo $$ >`+child+`; exec sleep 600'; echo done`,
		func(s *proc.Spec) { s.Grace = 3 * time.Second })
	pid := pidIn(t, child)
	require.NoError(t, p.Stop(t.Context()))
	require.False(t, alive(pid))
}

func TestLog(t *testing.T) {
	file := filepath.Join(t.TempDir(), "engine.log")
	require.NoError(t, os.WriteFile(file, []byte("of an earlier start\n"), 0o600))
	p := shell(t, `for i in $(seq 60); do echo $i; done; sleep 600`, func(s *proc.Spec) { s.LogFile = file })
	lines := strings.Split(said(t, p, "60"), "\n")
	require.Len(t, lines, proc.KeptLines)
	require.Equal(t, "11", lines[0])
	require.NoError(t, p.Stop(t.Context()))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(text), "of an earlier start\n1\n"))
}

// Errors and Log show what a program wrote for a terminal without its colours; the
// file has it as it is.
func TestColoursStayInTheLogFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "engine.log")
	const wrote = "\x1b[2m12:00\x1b[0m \x1b[31mERROR\x1b[0m no worker\n\x1b[0m\n"
	p := shell(t, `printf '`+wrote+`'; exit 3`, func(s *proc.Spec) { s.LogFile = file })
	require.EqualError(t, <-p.Exited(), "script exited with code 3; its last lines:\n    12:00 ERROR no worker")
	require.Equal(t, "12:00 ERROR no worker", p.Log())
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, wrote, string(text))
	shown := &proc.LogError{Err: os.ErrNotExist, Lines: wrote}
	require.NotContains(t, shown.Error(), "\x1b")
}

func TestSpecIsPassedOn(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	p := shell(t, `echo "$PWD|$0|$1|$X|${DYNBENCH_SUPERVISE-none}|$(cat)|"; sleep 600`, func(s *proc.Spec) {
		s.Args, s.Dir, s.Env = append(s.Args, "a b", `"'\`), dir, []string{"X=1=2"}
	})
	require.Equal(t, dir+`|a b|"'\|1=2|none||`, said(t, p, "none"))
}

func TestStartFails(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken")
	require.NoError(t, os.WriteFile(broken, []byte("\x7fELF but no more"), 0o700))
	script := filepath.Join(dir, "script")
	require.NoError(t, os.WriteFile(script, []byte("#!/no/such/python\n"), 0o700))
	for _, tt := range []struct {
		name string
		spec proc.Spec
		want string
	}{
		{"nothing", proc.Spec{}, "no binary is named"},
		{"missing", proc.Spec{Path: "no-such-binary"}, `start no-such-binary: exec: "no-such-binary": executable file not found`},
		{"not executable", proc.Spec{Path: "/etc/passwd"}, "/etc/passwd"},
		{"broken", proc.Spec{Path: broken, Name: "engine-0"}, "start engine-0: fork/exec " + broken + ": exec format error"},
		{"interpreter", proc.Spec{Path: script}, "the interpreter of its first line"},
		{"folder", proc.Spec{Path: "sh", Dir: "/no/such/folder"}, "/no/such/folder"},
		{"log", proc.Spec{Path: "sh", LogFile: "/no/such/folder/log"}, "/no/such/folder/log"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := proc.Start(t.Context(), tt.spec)
			require.ErrorContains(t, err, tt.want)
		})
	}
	t.Run("context", func(t *testing.T) {
		p, err := proc.Start(canceled(), proc.Spec{Path: "sleep", Args: []string{"600"}})
		if err == nil { // the start may be faster
			_ = p.Stop(canceled())
			return
		}
		require.ErrorIs(t, err, context.Canceled)
	})
}

// BenchmarkStart is a process from its start to its end, with its supervisor.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		p, err := proc.Start(b.Context(), proc.Spec{Path: "true"})
		require.NoError(b, err)
		<-p.Exited()
		require.NoError(b, p.Stop(b.Context()))
	}
}
