package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWriteReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	require.NoError(t, Write(path, []byte("one")))
	require.NoError(t, Write(path, []byte("two")))
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "two", string(b))
}

// breaks writes a little and fails, as a full disk does.
type breaks struct{ err error }

func (b breaks) WriteTo(w io.Writer) (int64, error) {
	n, _ := w.Write([]byte("half"))
	return int64(n), b.err
}

func TestAFailedWriteLeavesWhatWasThere(t *testing.T) {
	dir := t.TempDir()
	path, full := filepath.Join(dir, "f"), errors.New("no space left on device")
	require.NoError(t, Write(path, []byte("whole")))
	err := WriteFrom(path, breaks{full})
	require.ErrorIs(t, err, full)
	require.ErrorContains(t, err, path)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "whole", string(b))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "a temporary file stayed behind")
}

func TestWriteNamesTheFolderThatIsNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none", "f")
	require.ErrorIs(t, Write(path, nil), os.ErrNotExist)
}
