package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dynbench/dynbench/router"
)

func newRouterCompareCommand(p *Process) *cobra.Command {
	dir := "."
	c := &cobra.Command{
		Use:   "compare NAME=DIR NAME=DIR ...",
		Short: "Draw the results of prefix-ratio sweeps beside each other",
		Long: `Draw the summaries of prefix-ratio sweeps, ours or the original benchmark's,
beside each other in plots.png and print them as a table. Ratios are joined by
their value. Sweeps that were not asked the same (model, lengths, requests,
concurrency, seed) are an error that says what differs.`,
		Example: `  dynbench router compare kv=kv_router/kv round-robin=kv_router/round-robin`,
		RunE: func(_ *cobra.Command, args []string) error {
			return p.compareRouters(args, p.path(dir))
		},
	}
	c.Flags().StringVar(&dir, "output-dir", dir, "folder for the plot")
	describeValues(c.Flags(), map[string]string{"output-dir": "DIR"})
	return c
}

func (p *Process) compareRouters(args []string, dir string) error {
	var names []string
	var summaries []router.Summary
	var errs []error
	for _, a := range args {
		name, from, ok := strings.Cut(a, "=")
		if !ok || name == "" || from == "" {
			return usagef("compare %q: want NAME=DIR", a)
		}
		s, err := router.ReadSummary(p.path(from))
		if err != nil {
			err = withModes(err, p.path(from))
		}
		errs = append(errs, err)
		names, summaries = append(names, name), append(summaries, s)
	}
	if len(args) < 2 {
		return usagef("compare wants two folders at least, each as NAME=DIR, but got %d", len(args))
	}
	if err := errors.Join(errs...); err != nil {
		return withNext(err, "give folders that hold %s, as --output-dir of a sweep of URLs and the folder of each mode do", router.SummaryFile)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for i, n := range names {
		if slices.Contains(names[:i], n) {
			return usagef("compare: two folders are called %s", n)
		}
	}
	file, err := router.CompareSummaries(dir, names, summaries)
	if errors.Is(err, router.ErrMismatch) {
		return withNext(err, "measure them with the same flags, or compare others")
	}
	if err != nil {
		return err
	}
	var shown []string
	var drawn []router.Summary
	for i, s := range summaries {
		if s.Void != "" {
			fmt.Fprintf(p.Stdout, "%s is left out, as not measured as what it is called: %s\n\n", names[i], s.Void)
			continue
		}
		shown, drawn = append(shown, names[i]), append(drawn, s)
	}
	fmt.Fprint(p.Stdout, router.Table(shown, drawn))
	_, err = fmt.Fprintf(p.Stdout, "plot     %s\n", absolute(file))
	return err
}

// withModes adds to the error of a folder without a summary the folders in it that
// have one.
func withModes(err error, dir string) error {
	found, _ := filepath.Glob(filepath.Join(dir, "*", router.SummaryFile))
	if !errors.Is(err, fs.ErrNotExist) || len(found) == 0 {
		return err
	}
	for i, f := range found {
		found[i] = filepath.Dir(f)
	}
	return fmt.Errorf("%w; there are some in %s", err, strings.Join(found, ", "))
}
