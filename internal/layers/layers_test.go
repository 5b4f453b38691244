package layers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/dynbench/dynbench"

type (
	line []string
	rule struct{ from, to, why string }
	// pkg is what go list tells of a package; test files are not part of it.
	pkg struct {
		ImportPath string
		Imports    []string
	}
)

func TestImportsFollowTheTable(t *testing.T) {
	packages := list(t)
	require.NotEmpty(t, packages)
	require.Empty(t, violations(packages))
}

func TestViolations(t *testing.T) {
	for name, tt := range map[string]struct {
		from, to string
		want     string // "" for an import that is allowed
	}{
		"downwards":            {"harness/metric", "harness/record", ""},
		"far downwards":        {"suites/client", "internal/wait", ""},
		"foreign package":      {"harness/record", "fmt", ""},
		"parts of fixtures":    {"fixtures", "fixtures/etcd", ""},
		"inside one room":      {"profiler/pick", "profiler/curve", ""},
		"between commands":     {"cmd/dynbench", "suites/client", "stands on the same line"},
		"upwards":              {"harness/record", "harness/metric", "stands below it in the table"},
		"sideways":             {"harness/sla", "harness/report", "stands on the same line"},
		"harness and fixtures": {"harness", "fixtures", "the harness measures any target"},
		"unknown importer":     {"harness/nowhere", "harness/record", "harness/nowhere is in no line of the table"},
		"unknown imported":     {"harness", "harness/nowhere", "harness/nowhere is in no line of the table"},
	} {
		t.Run(name, func(t *testing.T) {
			to := tt.to
			if strings.Contains(to, "/") || to == "fixtures" || to == "harness" {
				to = module + "/" + to
			}
			got := violations([]pkg{{ImportPath: module + "/" + tt.from, Imports: []string{to}}})
			if tt.want == "" {
				require.Empty(t, got)
				return
			}
			require.Len(t, got, 1)
			require.Contains(t, got[0], tt.want)
		})
	}
}

// violations returns one sentence for each import that the table does not allow
// and for each package that it does not know.
func violations(packages []pkg) []string {
	var out []string
	for _, p := range packages {
		from := strings.TrimPrefix(p.ImportPath, module+"/")
		at, ok := find(from)
		if !ok {
			out = append(out, unknown(from))
			continue
		}
		for _, path := range p.Imports {
			to, ours := strings.CutPrefix(path, module+"/")
			if !ours {
				continue
			}
			if why := judge(from, at, to); why != "" {
				out = append(out, why)
			}
		}
	}
	return out
}

// judge returns why from, which stands on line at, may not import to, or "".
func judge(from string, at int, to string) string {
	for _, r := range forbidden {
		if in(from, r.from) && in(to, r.to) {
			return fmt.Sprintf("%s imports %s: %s", from, to, r.why)
		}
	}
	below, ok := find(to)
	switch {
	case !ok:
		return unknown(to)
	case below < at || sameRoom(from, to):
		return ""
	case below == at:
		return fmt.Sprintf("%s imports %s, which stands on the same line of the table", from, to)
	default:
		return fmt.Sprintf("%s imports %s, which stands below it in the table", from, to)
	}
}

func unknown(path string) string {
	return path + " is in no line of the table: add it to internal/layers/table_test.go, below all that it imports"
}

func sameRoom(a, b string) bool {
	for _, room := range free {
		if in(a, room+"/...") && in(b, room+"/...") {
			return true
		}
	}
	return false
}

func find(path string) (at int, ok bool) {
	for i, l := range table {
		for _, room := range l {
			if in(path, room) {
				return i, true
			}
		}
	}
	return 0, false
}

func in(path, pattern string) bool {
	dir, tree := strings.CutSuffix(pattern, "/...")
	return path == dir || tree && strings.HasPrefix(path, dir+"/")
}

// list asks the go command, in the root of the module, for all packages.
func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Imports", "./...")
	cmd.Dir, cmd.Stderr = root(t), os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err, "go list")
	var packages []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else {
			require.NoError(t, err)
		}
		packages = append(packages, p)
	}
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(dir, "go.mod"))
	return dir
}
