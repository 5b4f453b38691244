package main

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dynbench/dynbench/harness/result"
)

func newValidateCommand(p *Process) *cobra.Command {
	return &cobra.Command{
		Use:   "validate DIR",
		Short: "Check result files against their schemas and each other",
		Long: `Check the files of a benchmark, or of all benchmarks in a folder, against their
schemas and against each other. Each fault is one line on standard output; any
fault is exit code 1.`,
		Example: `  dynbench validate benchmarks/results`,
		Args:    oneDir,
		RunE:    func(_ *cobra.Command, args []string) error { return p.validate(p.path(args[0])) },
	}
}

func (p *Process) validate(dir string) error {
	problems, err := result.Validate(dir)
	if err != nil {
		return err
	}
	for _, problem := range problems {
		fmt.Fprintln(p.Stdout, strings.ReplaceAll(problem.String(), "\n", " "))
	}
	if len(problems) > 0 {
		return withNext(fmt.Errorf("%s: %d faults", dir, len(problems)),
			"dynbench finish %s rebuilds what a killed run left unwritten; other faults want the run again", dir)
	}
	n, err := countFiles(dir)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Stdout, "ok: %d files\n", n)
	return err
}

// countFiles counts the files that have a schema.
func countFiles(dir string) (int, error) {
	n := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && path != dir && strings.HasPrefix(e.Name(), "."):
			return fs.SkipDir
		}
		switch e.Name() {
		case result.RunFile, result.StatusFile, result.ExportFile, result.RecordsFile, result.InputsFile, "SUMMARY.json":
			n++
		}
		return nil
	})
	return n, err
}
