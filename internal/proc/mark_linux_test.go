package proc

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/internal/wait"
)

func TestMark(t *testing.T) {
	m, ok := parseMark(newMark())
	require.True(t, ok)
	require.Equal(t, os.Getpid(), m.starter.pid)
	require.Equal(t, space(), m.starter.space)
	require.Regexp(t, `^\d+-\d*$`, m.starter.space)
	require.False(t, m.starter.gone())
	for _, bad := range []string{"", "51ad3c", "1.2.3", "x.2.3-4.a", "1.-2.3-4.a", "0.2.3-4.a", "-1.2.3-4.a", "1.2.3-4.", "1.2.3-4.a.b"} {
		_, ok := parseMark(bad)
		require.False(t, ok, bad)
	}
}

// A starter is gone when its process has ended, though nobody has reaped it yet,
// and when its id is another's; not when it is only stopped.
func TestGone(t *testing.T) {
	cmd := exec.Command("sleep", "600")
	require.NoError(t, cmd.Start())
	p, err := readProcess(cmd.Process.Pid)
	require.NoError(t, err)
	s := starter{identity: p.identity()}
	require.False(t, s.gone())
	require.True(t, starter{identity: identity{p.pid, p.start - 1}}.gone(), "another had its id")

	require.NoError(t, cmd.Process.Signal(syscall.SIGSTOP))
	require.False(t, s.gone(), "stopped")
	require.NoError(t, cmd.Process.Kill())
	require.NoError(t, wait.AtMost(t.Context(), time.Minute, time.Millisecond, func(context.Context) error {
		if !s.gone() {
			return errors.New("it is not gone")
		}
		return nil
	}))
	_, err = readProcess(p.pid)
	require.NoError(t, err, "nobody has waited for it yet")
	require.Error(t, cmd.Wait())
	require.True(t, s.gone(), "reaped")
}

// What a living program has started is none of our business, whatever its mark;
// nor is what another namespace has started, whose ids we cannot read.
func TestOrphans(t *testing.T) {
	dead := exec.Command("true")
	require.NoError(t, dead.Run())
	self, err := readProcess(os.Getpid())
	require.NoError(t, err)
	for name, tt := range map[string]struct {
		mark mark
		env  []string
		want bool
	}{
		"starter lives":     {mark: mark{starter{self.identity(), space()}, "a"}},
		"starter is gone":   {mark: mark{starter{identity{dead.Process.Pid, 1}, space()}, "b"}, want: true},
		"starter's id":      {mark: mark{starter{identity{self.pid, self.start - 1}, space()}, "c"}, want: true},
		"another namespace": {mark: mark{starter{identity{dead.Process.Pid, 1}, "1-1"}, "d"}},
		"supervisor":        {mark: mark{starter{identity{dead.Process.Pid, 1}, space()}, "e"}, env: []string{superviseEnv + "={}"}},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command("sleep", "600")
			cmd.Env = append(tt.env, markEnv+"="+tt.mark.String())
			require.NoError(t, cmd.Start())
			found := slices.ContainsFunc(orphans(), func(o orphan) bool { return o.PID == cmd.Process.Pid })
			_ = cmd.Process.Signal(syscall.SIGTERM)
			require.Error(t, cmd.Wait())
			// Another program that looks for orphans at the moment kills it.
			status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
			require.Equal(t, tt.want, found || status.Signal() == syscall.SIGKILL)
		})
	}
}

func FuzzParseMark(f *testing.F) {
	f.Add(newMark())
	f.Add("1.2.3-4.a")
	f.Add("...")
	f.Fuzz(func(t *testing.T, text string) {
		m, ok := parseMark(text)
		if !ok {
			return
		}
		again, ok := parseMark(m.String())
		require.True(t, ok)
		require.Equal(t, m, again)
	})
}

// BenchmarkOrphans is what a look at all processes of the machine costs.
func BenchmarkOrphans(b *testing.B) {
	for b.Loop() {
		orphans()
	}
}
