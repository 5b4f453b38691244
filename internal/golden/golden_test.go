package golden_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/internal/golden"
)

// failing notes how a test was ended.
type failing string

func (*failing) Helper()                          {}
func (f *failing) Fatalf(format string, a ...any) { *f += failing(fmt.Sprintf(format, a...)) }

func TestEqual(t *testing.T) {
	path := filepath.Join(t.TempDir(), "made", "lines.txt")
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte("a\nb\nc\nd\ne\nf"), 0o600))
	for have, want := range map[string]string{
		"a\nb\nc\nd\ne\nf":   "",
		"a\nb\nc\nd\nE\nf":   "from line 5 on:\nwant\n     2  b\n     3  c\n     4  d\n     5  e\n     6  f\n\nhave\n     2  b\n     3  c\n     4  d\n     5  E\n     6  f\n\n",
		"a\nb\nc\nd\ne\nf\n": "from line 7 on:\nwant\n     4  d\n     5  e\n     6  f\n\nhave\n     4  d\n     5  e\n     6  f\n     7  \n\n",
		"":                   "from line 1 on:\n",
	} {
		var f failing
		golden.Equal(&f, path, have)
		require.Contains(t, string(f), want)
		require.Equal(t, want == "", f == "", "%s", f)
	}
	var f failing
	golden.Equal(&f, path+".gone", "a")
	require.Contains(t, string(f), "run the test with -update to write it")
}
