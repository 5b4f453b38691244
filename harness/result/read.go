package result

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The dialects of result folders.
const (
	dialectOwn    = "dynbench"
	dialectAIPerf = "aiperf"
	dialectGenAI  = "genai-perf"
)

// ErrEmpty is the error for a folder without any benchmark in it.
var ErrEmpty = errors.New("no results")

// Reserved are folder names beside benchmarks that are none.
func Reserved() []string { return []string{"plots", "logs", "tmp"} }

var levelName = regexp.MustCompile(`^(?:c|concurrency_?)([0-9]+)$`)

func isLevelName(name string) bool { return levelName.MatchString(name) }

// levelNumber is the concurrency in the name of a level's folder.
func levelNumber(name string) (int, bool) {
	m := levelName.FindStringSubmatch(name)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	return n, err == nil
}

// Load reads the folder of one benchmark: a tree of this tool, or levels that
// AIPerf (no schema version, 1.0 to 1.4) or genai-perf left. A level that
// failed or that cannot be read is there without Stats. No level at all is
// ErrEmpty, two folders for one level are an error.
func Load(dir string) (*Run, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("load results: %w", err)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("load results: %w", err)
	}
	var run *Run
	if isFile(filepath.Join(abs, RunFile)) {
		run, err = loadOwn(abs)
	} else {
		run, err = loadForeign(abs)
	}
	if err != nil {
		return nil, fmt.Errorf("load results of %s: %w", dir, err)
	}
	run.Dir = dir
	return run, nil
}

// LoadAll reads the benchmarks below dataDir that are named, or all, sorted by
// name; dataDir may be one benchmark itself. Arms of a comparison are named
// "benchmark/arm". None is ErrEmpty; a name that is not there is an error that
// lists those that are.
func LoadAll(dataDir string, names []string) ([]*Run, error) {
	dirs, err := benchmarks(dataDir)
	if err != nil {
		return nil, fmt.Errorf("load results: %w", err)
	}
	if len(dirs) == 0 {
		return nil, fmt.Errorf("load results: %w in %s", ErrEmpty, dataDir)
	}
	if dirs, err = choose(dirs, names, dataDir); err != nil {
		return nil, err
	}
	var runs []*Run
	for _, d := range dirs {
		run, err := Load(d.path)
		if err != nil {
			return nil, err
		}
		if run.Dialect != dialectOwn || run.Name == "" || strings.Contains(d.name, "/") {
			run.Name = d.name
		}
		runs = append(runs, run)
	}
	return runs, nil
}

type benchmarkDir struct{ name, path string }

func choose(dirs []benchmarkDir, names []string, dataDir string) ([]benchmarkDir, error) {
	if len(names) == 0 {
		return dirs, nil
	}
	var have, missing []string
	for _, d := range dirs {
		have = append(have, d.name)
	}
	for _, n := range names {
		if !slices.Contains(have, n) {
			missing = append(missing, n)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("load results: no benchmark %s in %s, there are: %s",
			strings.Join(missing, ", "), dataDir, strings.Join(have, ", "))
	}
	return slices.DeleteFunc(dirs, func(d benchmarkDir) bool { return !slices.Contains(names, d.name) }), nil
}

// benchmarks lists the benchmarks of a data folder by name.
func benchmarks(dataDir string) ([]benchmarkDir, error) {
	abs, err := filepath.Abs(dataDir)
	if err != nil {
		return nil, err
	}
	own, err := isBenchmark(abs)
	if err != nil {
		return nil, err
	}
	if own {
		return []benchmarkDir{{filepath.Base(abs), abs}}, nil
	}
	return below(abs, "", 2)
}

// below finds benchmarks in the folders of dir, and arms one folder deeper.
func below(dir, prefix string, depth int) ([]benchmarkDir, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []benchmarkDir
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") || prefix == "" && slices.Contains(Reserved(), strings.ToLower(e.Name())) {
			continue
		}
		d := benchmarkDir{prefix + e.Name(), filepath.Join(dir, e.Name())}
		own, err := isBenchmark(d.path)
		if err != nil {
			return nil, err
		}
		if own {
			out = append(out, d)
			continue
		}
		if depth > 1 {
			arms, err := below(d.path, d.name+"/", depth-1)
			if err != nil {
				return nil, err
			}
			out = append(out, arms...)
		}
	}
	slices.SortFunc(out, func(a, b benchmarkDir) int { return strings.Compare(a.name, b.name) })
	return out, nil
}

// isBenchmark says that a folder has a run.json, an export of its own, or
// folders of levels. A folder c1 that has a run.json is a benchmark that is
// called so.
func isBenchmark(dir string) (bool, error) {
	for _, name := range append(exportNames(), RunFile) {
		if isFile(filepath.Join(dir, name)) {
			return true, nil
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false, err
	}
	for _, e := range entries {
		if e.IsDir() && isLevelName(e.Name()) && !isFile(filepath.Join(dir, e.Name(), RunFile)) {
			return true, nil
		}
	}
	return false, nil
}

// isFile does not follow links.
func isFile(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode().IsRegular()
}

// readBounded reads a file that is no link and not larger than any export is.
func readBounded(path string) ([]byte, error) {
	const most = 256 << 20
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("not a plain file")}
	}
	if info.Size() > most {
		return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("%d bytes, more than %d", info.Size(), most)}
	}
	return os.ReadFile(path)
}
