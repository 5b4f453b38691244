package report

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/internal/atomicfile"
)

// Options change what Write and WriteSummary make. The zero value is the
// default.
type Options struct {
	// ResultsDir is the folder that the runs came from, as the summary names
	// it; "" is the folder above the plots.
	ResultsDir string
	// MaxBenchmarks is the most benchmarks that one plot may hold; 0 is the
	// constant of that name, 48 the number that can be told apart.
	MaxBenchmarks int
	// TitleCase shows names in the legend as the original did.
	TitleCase bool
	// OldEfficiency draws the efficiency plot by the original's formulas, which
	// take 200 output tokens a request for granted.
	OldEfficiency bool
	// HTML adds index.html, a page with the tables and plots.
	HTML bool
	// Plots are drawn after the built-in ones.
	Plots []Plot
}

var (
	// ErrNothing says that no run has a level with data.
	ErrNothing = errors.New("nothing to plot: no level has data")
	// ErrTooMany says that the runs are more than Options.MaxBenchmarks.
	ErrTooMany = errors.New("too many benchmarks for one plot")
)

// Write draws all plots of the comparison into dir, with SUMMARY.txt and
// SUMMARY.json, and returns the paths in the order of the summary. A plot of
// a metric that no level has is left out, and so is every plot over levels that
// have no number to order them by (a trace): the summary has them. Nothing is
// written when no level has data (ErrNothing) or the benchmarks are too many
// (ErrTooMany).
func Write(dir string, runs []*result.Run, o Options) ([]string, error) {
	runs = sorted(runs)
	if err := check(runs, o); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make plots folder: %w", err)
	}
	files, err := writePlots(dir, allPlots(o), runs, o)
	if err != nil {
		return nil, err
	}
	summary, err := writeSummary(dir, files, runs, o)
	return append(joined(dir, files), summary...), err
}

// WriteSummary writes SUMMARY.txt and SUMMARY.json, and index.html where asked,
// without drawing plots; it names those that an earlier Write left in dir.
func WriteSummary(dir string, runs []*result.Run, o Options) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make plots folder: %w", err)
	}
	var drawn []string
	for _, p := range allPlots(o) {
		if _, err := os.Stat(filepath.Join(dir, p.File)); err == nil {
			drawn = append(drawn, p.File)
		}
	}
	return writeSummary(dir, drawn, sorted(runs), o)
}

func sorted(runs []*result.Run) []*result.Run {
	runs = slices.Clone(runs)
	slices.SortStableFunc(runs, func(a, b *result.Run) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Dir, b.Dir)) })
	return runs
}

func check(runs []*result.Run, o Options) error {
	if !slices.ContainsFunc(runs, func(r *result.Run) bool { return len(measured(r)) > 0 }) {
		return ErrNothing
	}
	if most := cmp.Or(o.MaxBenchmarks, MaxBenchmarks); len(runs) > most {
		return fmt.Errorf("%w: %d, at most %d: %s", ErrTooMany, len(runs), most, strings.Join(labelsOf(runs, Options{}), ", "))
	}
	return checkFiles(allPlots(o))
}

func allPlots(o Options) []Plot { return slices.Concat(original(), further(), o.Plots) }

// checkFiles refuses plots that would overwrite each other or leave the folder.
func checkFiles(plots []Plot) error {
	seen := map[string]bool{}
	for _, p := range plots {
		if filepath.Base(p.File) != p.File || !strings.HasSuffix(p.File, ".png") || p.Draw == nil {
			return fmt.Errorf("plot %q: want a file name that ends in .png and a Draw function", p.File)
		}
		if seen[p.File] {
			return fmt.Errorf("plot %q: there are two of that name", p.File)
		}
		seen[p.File] = true
	}
	return nil
}

// measured are the levels that have any data.
func measured(r *result.Run) []*result.Level {
	var out []*result.Level
	for i := range r.Levels {
		if len(r.Levels[i].Stats) > 0 {
			out = append(out, &r.Levels[i])
		}
	}
	return out
}

// writePlots draws the plots in parallel and returns the names of the files
// written, in the order of the plots.
func writePlots(dir string, plots []Plot, runs []*result.Run, o Options) ([]string, error) {
	a := chooseAxis(runs)
	names := make([]string, len(plots))
	var g errgroup.Group
	g.SetLimit(min(runtime.GOMAXPROCS(0), 4)) // a picture takes about 70 MB while it is drawn
	for i, p := range plots {
		g.Go(func() error {
			img, err := p.Draw(runs, o)
			if err != nil {
				return fmt.Errorf("draw %s: %w", p.File, err)
			}
			if img == nil {
				return nil
			}
			b, err := encode(img)
			if err != nil {
				return fmt.Errorf("draw %s: %w", p.File, err)
			}
			names[i] = a.rename(p.File)
			return atomicfile.Write(filepath.Join(dir, names[i]), b)
		})
	}
	err := g.Wait()
	return slices.DeleteFunc(names, func(n string) bool { return n == "" }), err
}

func joined(dir string, names []string) []string {
	paths := make([]string, len(names))
	for i, n := range names {
		paths[i] = filepath.Join(dir, n)
	}
	return paths
}
