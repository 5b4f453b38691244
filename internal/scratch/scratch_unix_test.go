//go:build unix

package scratch_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/internal/scratch"
)

// makerEnv makes this test binary one that makes a folder and waits to be killed.
const makerEnv = "SCRATCH_TEST_MAKER"

func TestMain(m *testing.M) {
	if os.Getenv(makerEnv) != "" {
		d, err := scratch.Make()
		if err == nil {
			err = os.WriteFile(filepath.Join(d.Path(), "file"), nil, 0o600)
		}
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(d.Path())
		_, _ = os.Stdin.Read(make([]byte, 1))
	}
	os.Exit(m.Run())
}

func TestSweepTakesWhatKilledMakersLeft(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), makerEnv+"=1")
	_, err := cmd.StdinPipe() // it waits for nothing
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan())
	theirs := lines.Text()
	require.DirExists(t, theirs)

	mine, err := scratch.Make()
	require.NoError(t, err)
	other := filepath.Join(tmp, "dynbench-tmp")
	require.NoError(t, os.Mkdir(other, 0o700))
	require.NoError(t, os.Symlink(other, filepath.Join(tmp, "dynbench-tmp-link")))

	removed, err := scratch.Sweep()
	require.NoError(t, err)
	require.Empty(t, removed, "their makers live")
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	removed, err = scratch.Sweep()
	require.NoError(t, err)
	require.Equal(t, []string{theirs}, removed)
	require.NoDirExists(t, theirs)
	require.DirExists(t, mine.Path())
	require.DirExists(t, other)

	require.NoError(t, mine.Remove())
	require.NoDirExists(t, mine.Path())
}

// Makers and sweepers at the same time do not get in each other's way: nobody
// loses a folder that it holds.
func TestManyAtOnce(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 100 {
				if _, err := scratch.Sweep(); err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			for range 100 {
				d, err := scratch.Make()
				if err != nil {
					t.Error(err)
					return
				}
				if err := os.WriteFile(filepath.Join(d.Path(), "file"), nil, 0o600); err != nil {
					t.Error(err)
				}
				if err := d.Remove(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	left, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestMakeWithoutTheFolder(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	_, err := scratch.Make()
	require.ErrorContains(t, err, "make a temporary folder")
	removed, err := scratch.Sweep()
	require.NoError(t, err)
	require.Empty(t, removed)
}
