package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dynbench/dynbench/harness/result"
)

func newFinishCommand(p *Process) *cobra.Command {
	return &cobra.Command{
		Use:   "finish DIR",
		Short: "Rebuild what a killed run left unwritten",
		Long: `Rebuild the files of levels that a killed run left unwritten, from the records
that it had appended, and rewrite the SUMMARY. DIR is a benchmark, or a folder of
several. The levels become partial; dynbench benchmark --resume measures them
again. A run that still goes on must not be finished.`,
		Example: `  dynbench finish benchmarks/results/chat`,
		Args:    oneDir,
		RunE:    func(_ *cobra.Command, args []string) error { return p.finish(p.path(args[0])) },
	}
}

func (p *Process) finish(dir string) error {
	dirs, err := benchmarksIn(dir)
	if err != nil {
		return err
	}
	for _, d := range dirs {
		rebuilt, err := result.Finish(d)
		if err != nil {
			return err
		}
		said := "nothing to rebuild"
		if len(rebuilt) > 0 {
			said = "rebuilt " + strings.Join(rebuilt, ", ") + " from records"
		}
		fmt.Fprintf(p.Stdout, "%s: %s\n", filepath.Base(d), said)
	}
	files, err := summarize(dir)
	if err != nil {
		return err
	}
	return printFiles(p.Stdout, absolute(dir), files)
}

// benchmarksIn are the folders of the runs of ours that dir is or holds. A
// folder without run.json counts if it has records of a level that never ended.
func benchmarksIn(dir string) ([]string, error) {
	if unfinished(dir) {
		return []string{dir}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var dirs []string
	for _, e := range entries {
		d := filepath.Join(dir, e.Name())
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && unfinished(d) {
			dirs = append(dirs, d)
		}
	}
	if len(dirs) == 0 {
		return nil, fmt.Errorf("finish %s: %w", dir, result.ErrEmpty)
	}
	return dirs, nil
}

func unfinished(dir string) bool {
	if isFile(filepath.Join(dir, result.RunFile)) {
		return true
	}
	neverEnded := func(level string) bool {
		return isFile(filepath.Join(level, result.RecordsFile)) && !isFile(filepath.Join(level, result.ExportFile))
	}
	levels, err := os.ReadDir(dir)
	return err == nil && (neverEnded(dir) || slices.ContainsFunc(levels, func(e os.DirEntry) bool {
		return neverEnded(filepath.Join(dir, e.Name()))
	}))
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
