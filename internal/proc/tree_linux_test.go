package proc_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/internal/proc"
)

// starterEnv makes TestStarter start a process and then end as it says.
const starterEnv = "PROC_TEST_STARTER"

// family is a script whose process, child, and grandchild in a session of its
// own (which has lost its parent, too) write their ids to files in the working
// folder.
const family = `echo $$ >a; sh -c 'echo $$ >b; exec sleep 600' & setsid sh -c 'sh -c "echo \$\$ >c; exec sleep 600" &' ; wait`

func familyIn(t *testing.T, dir string) (pids []int) {
	t.Helper()
	for _, name := range []string{"a", "b", "c"} {
		pids = append(pids, pidIn(t, filepath.Join(dir, name)))
	}
	return pids
}

// noneLeft waits until none of pids is a process.
func noneLeft(t *testing.T, pids []int) {
	t.Helper()
	until(t, func(context.Context) error {
		for _, pid := range pids {
			if alive(pid) {
				line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
				return fmt.Errorf("%d is left: %q", pid, line)
			}
		}
		return nil
	})
}

// supervisorOf is the parent of a supervised process.
func supervisorOf(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(text), "\nPPid:")
	parent, err := strconv.Atoi(strings.Fields(rest)[0])
	require.NoError(t, err)
	return parent
}

func inDir(dir string) func(*proc.Spec) { return func(s *proc.Spec) { s.Dir = dir } }

func TestStopEndsTheFamily(t *testing.T) {
	dir := t.TempDir()
	p := shell(t, family, inDir(dir))
	pids := familyIn(t, dir)
	require.Equal(t, p.PID(), pids[0])
	require.NoError(t, p.Stop(t.Context()))
	for _, pid := range pids {
		require.False(t, alive(pid), "Stop returns when all are gone")
	}
}

// A process that dies takes along what it had started.
func TestDeathEndsTheFamily(t *testing.T) {
	dir := t.TempDir()
	p := shell(t, family, inDir(dir))
	pids := familyIn(t, dir)
	require.NoError(t, syscall.Kill(p.PID(), syscall.SIGKILL))
	require.ErrorContains(t, <-p.Exited(), "script was ended by signal: killed")
	noneLeft(t, pids)
}

func TestSupervisorEnds(t *testing.T) {
	for _, tt := range []struct {
		signal syscall.Signal
		want   string
	}{
		{syscall.SIGTERM, "script was ended by signal: terminated"},
		{syscall.SIGKILL, "the supervisor of script ended before it (signal: killed)"},
	} {
		t.Run(tt.signal.String(), func(t *testing.T) {
			dir := t.TempDir()
			p := shell(t, family, inDir(dir))
			pids := familyIn(t, dir)
			require.NoError(t, syscall.Kill(supervisorOf(t, p.PID()), tt.signal))
			require.ErrorContains(t, <-p.Exited(), tt.want)
			noneLeft(t, pids)
		})
	}
}

// TestStarter is not a test: it starts a process and ends as the environment
// says.
func TestStarter(t *testing.T) {
	how := os.Getenv(starterEnv)
	if how == "" {
		t.Skip("a part of TestStarterEnds")
	}
	p, err := proc.Start(t.Context(), proc.Spec{
		Path: "sh", Args: []string{"-c", family}, Dir: os.Getenv("DIR"), Remove: []string{os.Getenv("DIR")},
	})
	require.NoError(t, err)
	familyIn(t, os.Getenv("DIR"))
	fmt.Println("up")
	switch how {
	case "two":
		_, err := proc.Start(t.Context(), proc.Spec{Path: "sh", Args: []string{"-c", "echo $$ >second; exec sleep 600"}, Dir: os.Getenv("DIR")})
		require.NoError(t, err)
	case "panic":
		panic("as told")
	case "exit":
		os.Exit(3)
	}
	<-p.Exited() // until a signal or the timeout
}

func TestStarterEnds(t *testing.T) {
	for _, tt := range []struct {
		how     string
		signal  syscall.Signal
		timeout time.Duration
	}{
		{how: "panic"}, {how: "exit"}, {how: "timeout", timeout: 300 * time.Millisecond},
		{how: "kill", signal: syscall.SIGKILL}, {how: "interrupt", signal: syscall.SIGINT},
		{how: "terminate", signal: syscall.SIGTERM}, {how: "quit", signal: syscall.SIGQUIT},
	} {
		t.Run(tt.how, func(t *testing.T) {
			if tt.signal != 0 && signal.Ignored(tt.signal) {
				t.Skip("ignored, as in the background of a shell") // the starter would inherit that
			}
			t.Parallel()
			dir := t.TempDir()
			cmd := exec.Command(os.Args[0], "-test.run=^TestStarter$", "-test.timeout="+max(tt.timeout, 0).String())
			cmd.Env = append(os.Environ(), starterEnv+"="+tt.how, "DIR="+dir)
			require.NoError(t, cmd.Start())
			if tt.timeout != 0 {
				// May end before the family is complete: what is there is ended all the same.
				require.Error(t, cmd.Wait())
				goneWith(t, dir)
				return
			}
			pids := familyIn(t, dir)
			if tt.signal != 0 {
				require.NoError(t, cmd.Process.Signal(tt.signal))
			}
			require.Error(t, cmd.Wait())
			noneLeft(t, pids)
			goneWith(t, dir)
		})
	}
}

// With its supervisor and its starter killed at once, nobody is left to end a
// process: the kernel does, and the next who looks for orphans ends what it had
// started. What a living program has started stays.
func TestBothKilled(t *testing.T) {
	mine := t.TempDir()
	shell(t, family, inDir(mine))
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestStarter$")
	cmd.Env = append(os.Environ(), starterEnv+"=both", "DIR="+dir)
	require.NoError(t, cmd.Start())
	pids := familyIn(t, dir)
	supervisor := supervisorOf(t, pids[0])
	require.NoError(t, cmd.Process.Signal(syscall.SIGSTOP)) // so that it cannot sweep
	require.NoError(t, syscall.Kill(supervisor, syscall.SIGKILL))
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	noneLeft(t, pids[:1])
	ended, err := proc.EndOrphans(t.Context())
	require.NoError(t, err)
	noneLeft(t, pids)
	for _, o := range ended {
		require.NotEqual(t, os.Getpid(), o.Starter, "%s", o)
	}
	for _, pid := range familyIn(t, mine) {
		require.True(t, alive(pid), "%d", pid)
	}
}

// A supervisor that outlives its starter ends what another one, killed with the
// starter, has left.
func TestSupervisorsStandIn(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestStarter$")
	cmd.Env = append(os.Environ(), starterEnv+"=two", "DIR="+dir)
	require.NoError(t, cmd.Start())
	pids := append(familyIn(t, dir), pidIn(t, filepath.Join(dir, "second")))
	require.NoError(t, cmd.Process.Signal(syscall.SIGSTOP))
	require.NoError(t, syscall.Kill(supervisorOf(t, pids[0]), syscall.SIGKILL))
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	noneLeft(t, pids)
}

// goneWith waits until a folder is removed.
func goneWith(t *testing.T, dir string) {
	t.Helper()
	until(t, func(context.Context) error {
		if _, err := os.Stat(dir); err == nil {
			return fmt.Errorf("%s is left", dir)
		}
		return nil
	})
}
