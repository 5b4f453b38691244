package layers

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// maxLines is where a Go file surely holds more than one thing.
const maxLines = 900

// nameless say nothing of what is inside; a thing lives with what it is about.
var nameless = []string{"util", "utils", "common", "helper", "helpers", "misc", "types"}

func TestNamesSayWhatIsInside(t *testing.T) {
	walk(t, func(path string, d fs.DirEntry) {
		require.False(t, isNameless(d.Name()), "%s: name it for what it holds", path)
	})
}

func TestIsNameless(t *testing.T) {
	for _, name := range []string{"util", "utils.go", "helpers_test.go", "types.go", "common"} {
		require.True(t, isNameless(name), name)
	}
	for _, name := range []string{"wait.go", "prototypes.go", "utilization.go", "harness", "metric_types.go"} {
		require.False(t, isNameless(name), name)
	}
}

func TestFilesStayShort(t *testing.T) {
	walk(t, func(path string, d fs.DirEntry) {
		if d.IsDir() || filepath.Ext(path) != ".go" {
			return
		}
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		require.LessOrEqual(t, bytes.Count(data, []byte("\n")), maxLines, "%s: split it", path)
	})
}

func isNameless(file string) bool {
	stem, _, _ := strings.Cut(file, ".")
	return slices.Contains(nameless, strings.TrimSuffix(stem, "_test"))
}

// walk visits every file and folder of ours: not hidden ones, what make
// writes, or test data.
func walk(t *testing.T, visit func(path string, d fs.DirEntry)) {
	t.Helper()
	skip := []string{"bin", "dist", "results", "testdata", "vendor"}
	dir := root(t)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path == dir {
			return nil
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") || slices.Contains(skip, d.Name())) {
			return fs.SkipDir
		}
		visit(path, d)
		return nil
	})
	require.NoError(t, err)
}
