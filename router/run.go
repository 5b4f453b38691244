package router

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/dynbench/dynbench/harness/report"
	"github.com/dynbench/dynbench/harness/result"
)

// Report is what a prefix-ratio sweep came to.
type Report struct {
	Dir  string
	Arms []Summary // one for each mode, in their order, or the only one of URLs
	// Comparison is that of the modes, nil where there is only one thing measured.
	// Its base is the first of them.
	Comparison *result.Comparison
	Files      []string // summaries and plots that were written

	levels map[string]string // names of levels by ratio, as Python prints it
	table  []tableRow
}

// Arm returns the summary of a mode, or nil. A sweep of URLs has one, "url".
func (r *Report) Arm(m Mode) *Summary {
	for i := range r.Arms {
		if r.Arms[i].Name == string(m) {
			return &r.Arms[i]
		}
	}
	return nil
}

// Level is the name of the level of a ratio, for the rows of Comparison.
func (r *Report) Level(ratio float64) string { return r.levels[python(ratio)] }

// ControlLevel is the name of the level without reuse.
func (r *Report) ControlLevel() string { return r.levels[controlKey] }

const controlKey = "control"

// Ratio is what a mode came to against the first one at a prefix ratio: the
// ratio of a metric's statistic ("avg", "p50") with its interval over the pairs.
func (r *Report) Ratio(m Mode, metric, stat string, ratio float64) (result.Estimate, bool) {
	return r.ratioAt(m, metric, stat, r.Level(ratio))
}

// ControlRatio is the same at the level without reuse.
func (r *Report) ControlRatio(m Mode, metric, stat string) (result.Estimate, bool) {
	return r.ratioAt(m, metric, stat, r.ControlLevel())
}

func (r *Report) ratioAt(m Mode, metric, stat, level string) (result.Estimate, bool) {
	if r.Comparison == nil || level == "" {
		return result.Estimate{}, false
	}
	return r.Comparison.Ratio(m.Folder(), metric, stat, level)
}

// Measured says that some arm has figures.
func (r *Report) Measured() bool {
	return slices.ContainsFunc(r.Arms, func(s Summary) bool { return len(s.all()) > 0 })
}

// Err names every check that was not passed; nil if the figures may be believed.
func (r *Report) Err() error {
	var errs []error
	for _, a := range r.Arms {
		errs = append(errs, failed(a.Checks))
	}
	return errors.Join(errs...)
}

// measured is what was measured of one arm before it is read.
type measured struct {
	name     string               // of the arm
	dir      string               // that its summary goes to
	model    string               // that it served
	places   map[string][][]place // by name of the point: repetitions, then URLs
	planned  int                  // repetitions
	void     string               // why it is not what it is called
	checks   []Check
	engines  Participation   // as the engines counted
	counted  []Participation // the same of each run
	overhead []Number        // of the router in each run, ms
	added    []Number        // to the engines' own TTFT in each run, ms
	stopped  bool            // before all was measured, for a reason that is told apart
}

func (m *measured) put(point string, urls []place) { m.places[point] = append(m.places[point], urls) }

// Run measures, and writes below dir the runs, and for each mode, or for the
// URLs, the summary, the plot and the participation of workers. What was
// measured is reported also with an error: errors.Is ErrCheck where figures are
// there that must not be believed, else why they are not.
func (p PrefixRatio) Run(ctx context.Context, dir string) (*Report, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	p = p.withDefaults()
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("result folder: %w", err)
	}
	r := &Report{Dir: dir, levels: map[string]string{}}
	for _, pt := range p.points() {
		if r.levels[python(pt.ratio)] = pt.name; pt.control {
			r.levels[controlKey] = pt.name
		}
	}
	var arms []measured
	if len(p.URLs) > 0 {
		arms, err = p.standing(ctx, dir)
	} else {
		arms, err = p.modes(ctx, dir, r)
	}
	if len(arms) == 0 {
		return nil, err
	}
	for i := range arms {
		arms[i].stopped = arms[i].stopped || ctx.Err() != nil
	}
	if e := p.report(r, arms); e != nil {
		err = errors.Join(err, e)
	}
	if ctx.Err() != nil {
		err = errors.Join(err, context.Cause(ctx))
	}
	return r, errors.Join(err, r.Err())
}

// report merges what was measured, checks it, and writes the files.
func (p PrefixRatio) report(r *Report, arms []measured) error {
	var errs []error
	for _, a := range arms {
		s, err := p.summarize(a)
		errs = append(errs, err)
		r.Arms = append(r.Arms, s)
	}
	compareDatasets(r.Arms)
	for i, a := range arms {
		errs = append(errs, p.writeArm(r, &r.Arms[i], a))
	}
	if r.Comparison != nil && r.Measured() {
		r.table = p.tableRows(r, arms)
		errs = append(errs, r.writeTable())
	}
	if r.Comparison != nil {
		for _, name := range report.ComparisonFiles(r.Dir) {
			r.Files = append(r.Files, filepath.Join(r.Dir, name))
		}
	}
	if len(r.Arms) > 1 && !p.NoPlot {
		files, err := plotComparison(r.Dir, r.Arms, r.Comparison, r.Level)
		r.Files = append(r.Files, files...)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// writeArm writes the summary, the participation and the plot of an arm. An arm
// of which nothing was measured, or that is not what it is called, has no plot.
func (p PrefixRatio) writeArm(r *Report, s *Summary, a measured) error {
	if len(s.all()) == 0 {
		return nil
	}
	all := joined(s.participation(a.engines))
	all.MinPrefill, all.MinDecode = p.minima()
	for i, f := range all.Files {
		if rel, err := filepath.Rel(a.dir, f); err == nil {
			all.Files[i] = filepath.ToSlash(rel)
		}
	}
	errs := []error{all.Write(a.dir), s.Write(a.dir)}
	r.Files = append(r.Files, filepath.Join(a.dir, SummaryFile), filepath.Join(a.dir, ParticipationFile))
	if !p.NoPlot && s.Void == "" && len(s.Points) > 0 {
		file, err := plotArm(a.dir, *s)
		r.Files = append(r.Files, file)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// participation is that of all points by run: as answers tell it or, where none
// names a worker, as the engines themselves counted over all runs.
func (s *Summary) participation(engines Participation) []Participation {
	var all []Participation
	named := 0
	for _, pt := range s.all() {
		for i, run := range pt.byRun {
			if i == len(all) {
				all = append(all, Participation{})
			}
			all[i].merge(run)
			named += run.WithID
		}
	}
	if named == 0 && len(engines.Workers) > 0 {
		whole := joined(all)
		whole.Source, whole.Workers = SourceEngines, engines.Workers
		whole.settle()
		return []Participation{whole}
	}
	return all
}

// joined puts runs together.
func joined(runs []Participation) Participation {
	var whole Participation
	for _, r := range runs {
		whole.merge(r)
	}
	whole.settle()
	return whole
}

// all are the points with the control.
func (s *Summary) all() []*Point {
	var out []*Point
	for i := range s.Points {
		out = append(out, &s.Points[i])
	}
	if s.Control != nil {
		out = append(out, s.Control)
	}
	return out
}
