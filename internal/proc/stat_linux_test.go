package proc

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseStat(t *testing.T) {
	const rest = " 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0"
	p, ok := parseStat([]byte("17 (a) b (c) S 3 17 9" + rest + " 2453 0 0"))
	require.True(t, ok)
	require.Equal(t, process{pid: 17, parent: 3, session: 9, start: 2453, state: 'S'}, p)
	for _, bad := range []string{
		"", "17", "17 (a)", "17 (a) S 3 17 9" + rest, "17 (a) S 3 17 9" + rest + " -1", "x (a) S 3 17 9" + rest + " 2453",
		"17 )a( S 3 17 9" + rest + " 2453", "17 (a) S 3 17 x" + rest + " 2453",
	} {
		_, ok := parseStat([]byte(bad))
		require.False(t, ok, bad)
	}
}

func TestProcessesHasThisOne(t *testing.T) {
	found := 0
	for _, p := range processes() {
		if p.pid == os.Getpid() {
			require.Equal(t, os.Getppid(), p.parent)
			found++
		}
	}
	require.Equal(t, 1, found)
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("17 (a) b (c) S 3 17 9 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 2453 0"))
	f.Add([]byte("1 (systemd) S 0 1 1"))
	f.Add([]byte(")("))
	f.Fuzz(func(t *testing.T, text []byte) {
		if p, ok := parseStat(text); ok && p.state == 0 {
			t.Fatalf("%q: no state", text)
		}
	})
}
