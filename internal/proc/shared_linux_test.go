package proc_test

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/dynbench/dynbench/internal/proc"
)

// mapperEnv makes TestMapper map the file that it names.
const mapperEnv = "PROC_TEST_MAP"

// TestMapper is not a test: it makes a file if there is none, maps it, to be read
// alone or not as PROC_TEST_HOW says, and does not hear SIGTERM unless that says so.
func TestMapper(t *testing.T) {
	name := os.Getenv(mapperEnv)
	if name == "" {
		t.Skip("a part of the tests of shared memory")
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	require.NoError(t, err)
	require.NoError(t, f.Truncate(4096))
	how, prot := os.Getenv("PROC_TEST_HOW"), unix.PROT_READ|unix.PROT_WRITE
	if how == "read" {
		prot = unix.PROT_READ
	}
	if how != "hears" {
		signal.Ignore(unix.SIGTERM)
	}
	mem, err := unix.Mmap(int(f.Fd()), 0, 4096, prot, unix.MAP_SHARED)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	fmt.Printf("mapped %d\n", mem[0])
	select {}
}

// mapper starts TestMapper, behind a shell that ignores SIGTERM for it.
func mapper(t *testing.T, name, how string) *proc.Process {
	t.Helper()
	p := shell(t, `trap '' TERM; `+os.Args[0]+` -test.run='^TestMapper$' & wait`, func(s *proc.Spec) {
		s.Env, s.Grace = []string{mapperEnv + "=" + name, "PROC_TEST_HOW=" + how}, 50*time.Millisecond
	})
	said(t, p, "mapped")
	return p
}

// sharedFile is a name in /dev/shm that is free, and is so again after the test.
func sharedFile(t *testing.T) string {
	t.Helper()
	f, err := os.CreateTemp("/dev/shm", "dynbench-test-*")
	if err != nil {
		t.Skipf("no shared memory here: %v", err)
	}
	t.Cleanup(func() { _ = os.Remove(f.Name()) })
	var st unix.Statx_t
	require.NoError(t, unix.Statx(unix.AT_FDCWD, f.Name(), 0, unix.STATX_BTIME, &st))
	if st.Mask&unix.STATX_BTIME == 0 {
		t.Skip("this kernel does not tell when a file of shared memory was made")
	}
	require.NoError(t, f.Close())
	require.NoError(t, os.Remove(f.Name()))
	return f.Name()
}

// Shared memory that a process made and mapped goes with it when it is killed.
func TestKilledProcessLeavesNoSharedMemory(t *testing.T) {
	name := sharedFile(t)
	p := mapper(t, name, "")
	require.FileExists(t, name)
	require.ErrorContains(t, p.Stop(t.Context()), "killed 50ms after SIGTERM")
	require.NoFileExists(t, name)
}

// So does what a child leaves that SIGTERM ended, after its parent died.
func TestOrphanedChildLeavesNoSharedMemory(t *testing.T) {
	name := sharedFile(t)
	p := mapper(t, name, "hears")
	require.NoError(t, unix.Kill(p.PID(), unix.SIGKILL))
	<-p.Exited()
	_ = p.Stop(t.Context()) // whether SIGTERM was enough in the short grace does not matter
	require.NoFileExists(t, name)
}

// What was there before, what is mapped to be read alone, what others may open and
// what another process maps stays.
func TestSharedMemoryOfOthersStays(t *testing.T) {
	for name, c := range map[string]struct {
		how   string
		set   func(t *testing.T, name string)
		after func(t *testing.T, name string)
	}{
		"older": {set: func(t *testing.T, name string) {
			require.NoError(t, os.WriteFile(name, []byte("a model"), 0o600))
			<-time.After(30 * time.Millisecond) // the start of a process is told in steps of 10 ms
		}},
		"read":           {how: "read"},
		"open to others": {after: func(t *testing.T, name string) { require.NoError(t, os.Chmod(name, 0o644)) }},
		"mapped":         {after: func(t *testing.T, name string) { mapper(t, name, "") }},
		"held open": {after: func(t *testing.T, name string) {
			f, err := os.Open(name)
			require.NoError(t, err)
			t.Cleanup(func() { _ = f.Close() })
		}},
		"replaced": {after: func(t *testing.T, name string) {
			require.NoError(t, os.Remove(name))
			require.NoError(t, os.WriteFile(name, nil, 0o600))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			file := sharedFile(t)
			if c.set != nil {
				c.set(t, file)
			}
			p := mapper(t, file, c.how)
			if c.after != nil {
				c.after(t, file)
			}
			require.Error(t, p.Stop(t.Context()))
			require.FileExists(t, file)
		})
	}
}

// A folder in /dev/shm is nobody's shared memory.
func TestFoldersInSharedMemoryStay(t *testing.T) {
	dir := sharedFile(t)
	require.NoError(t, os.Mkdir(dir, 0o700))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	p := mapper(t, filepath.Join(dir, "model"), "")
	require.Error(t, p.Stop(t.Context()))
	require.FileExists(t, filepath.Join(dir, "model"))
}
