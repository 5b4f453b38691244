package router

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/dynbench/dynbench/harness/result"
)

// summarize merges the runs of an arm and looks at what came out. The error says
// which points are not there.
func (p PrefixRatio) summarize(a measured) (Summary, error) {
	s := Summary{Config: p.config(a.model), Name: a.name, Void: a.void, Overhead: a.meanOverhead(), Checks: slices.Clone(a.checks)}
	var errs []error
	for _, pt := range p.points() {
		places := a.places[pt.name]
		if len(places) < a.planned && !a.stopped {
			errs = append(errs, fmt.Errorf("%w: %s, %s: %d of %d runs", ErrMissing, a.name, pt.name, len(places), a.planned))
		}
		if len(places) == 0 {
			continue
		}
		merged, err := merge(p.Goodput, places)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s, %s: %w", a.name, pt.name, err))
			continue
		}
		merged.Ratio, merged.Seed, merged.Prefix = pt.ratio, pt.seed, pt.workload.PrefixTokens()
		merged.settle(p.Workers, p.Concurrency, p.Prefixes, p.BlockSize)
		if merged.Dataset, err = datasetOf(places[0]); err != nil {
			errs = append(errs, err)
		}
		if pt.control {
			s.Control = &merged
		} else {
			s.Points = append(s.Points, merged)
		}
	}
	p.look(&s, a)
	return s, errors.Join(errs...)
}

// meanOverhead is that of the runs in which the router told.
func (a measured) meanOverhead() Number {
	sum, n := 0.0, 0
	for _, o := range a.overhead {
		if o.Known() {
			sum, n = sum+float64(o), n+1
		}
	}
	if n == 0 {
		return missing()
	}
	return Number(sum / float64(n))
}

// datasetOf hashes the datasets of all URLs of a run.
func datasetOf(urls []place) (string, error) {
	all := ""
	for _, u := range urls {
		dir, err := levelDir(u)
		if err != nil {
			return "", err
		}
		h, err := dataset(dir)
		if err != nil {
			return "", err
		}
		if all != "" {
			all += "+"
		}
		all += h
	}
	return all, nil
}

func levelDir(u place) (string, error) {
	run, err := result.Load(u.dir)
	if err != nil {
		return "", err
	}
	l := run.Level(u.level)
	if l == nil {
		return "", fmt.Errorf("%s has no level %s", u.dir, u.level)
	}
	return filepath.Join(u.dir, filepath.FromSlash(l.Dir)), nil
}

// look makes the checks that need nothing but the records of an arm.
func (p PrefixRatio) look(s *Summary, a measured) {
	add := func(name string, ok bool, format string, args ...any) {
		s.Checks = append(s.Checks, Check{Name: name, Arm: s.Name, OK: ok, Detail: fmt.Sprintf(format, args...)})
	}
	var c Counts
	asked, answered := 0, 0
	for _, pt := range s.all() {
		asked, answered = asked+pt.Requests, answered+pt.OK
		c.Rejected += pt.Failures.Rejected
		c.Unexplained += pt.Failures.Unexplained
		c.Timeouts += pt.Failures.Timeouts
		c.Other += pt.Failures.Other
		c.Short += pt.Failures.Short
	}
	if asked == 0 {
		if !a.stopped {
			add("measured", false, "no run of it counts")
		}
		return
	}
	add("failures", c.Unexplained == 0 && c.Other == 0 && answered > 0,
		"%d of %d requests answered; %d rejected (429, 503), %d timeouts, %d short outputs, %d other 5xx, %d failed otherwise%s",
		answered, asked, c.Rejected, c.Timeouts, c.Short, c.Unexplained, c.Other, s.unexplained())
	if err := p.lookAtWorkers(s.participation(a.engines), add); err != nil {
		s.Checks[len(s.Checks)-1].err = err
	}
	if pt := highest(s.Points); pt != nil && s.Name != urlArm && Mode(s.Name).evidence() != blind {
		add("affinity", true, "%s", affinity(*pt))
	}
	if s.Void != "" {
		add("named", false, "measured, but not as what it is called, by the check that failed")
	}
}

// highest is the point of the highest ratio that tells its hit rate.
func highest(points []Point) (top *Point) {
	for i := range points {
		if p := &points[i]; p.HitRate.Known() && p.Oracle.Affinity > 0 && (top == nil || p.Ratio > top.Ratio) {
			top = p
		}
	}
	return top
}

// affinity says how far a router that goes by prefixes got from chance to the best
// that there is. It is no verdict: load is a reason to spread, and full caches are
// another.
func affinity(p Point) string {
	text := fmt.Sprintf("a hit rate of %.3f at a prefix ratio of %g, where spreading gives %.3f and perfect affinity %.3f",
		float64(p.HitRate), p.Ratio, p.Oracle.Spread, p.Oracle.Affinity)
	const little = 0.15
	if float64(p.HitRate) < p.Oracle.Spread+little*(p.Oracle.Affinity-p.Oracle.Spread) {
		text += ": hardly more than a router that does not look"
	}
	return text
}

// lookAtWorkers checks that in every run as many workers answered as must, and
// returns why not.
func (p PrefixRatio) lookAtWorkers(runs []Participation, add func(name string, ok bool, format string, args ...any)) error {
	least := 0
	for i := range runs {
		runs[i].MinPrefill, runs[i].MinDecode = p.minima()
		err := runs[i].Check()
		if p.AnyWorkers && errors.Is(err, ErrNoWorkerIDs) {
			add("participation", true, "not looked at: answers name no worker")
			return nil
		}
		if err != nil {
			add("participation", false, "run %d: %v", i+1, err)
			return err
		}
		if n := len(runs[i].Decode); i == 0 || n < least {
			least = n
		}
	}
	all := joined(runs)
	add("participation", true, "%d workers answered in each of %d runs, told by %s; coefficient of variation %.3f by requests, %.3f by tokens",
		least, len(runs), all.Source, float64(variation(runs, p.Workers, ByRequests)), float64(variation(runs, p.Workers, ByTokens)))
	return nil
}

// unexplained is one of the failures that nothing explains, for the end of a
// line; "" without any.
func (s *Summary) unexplained() string {
	for _, pt := range s.all() {
		if pt.sample != "" {
			return ", as " + pt.sample
		}
	}
	return ""
}

// minima are the workers that must have answered: those that were asked for, or
// in a stack all.
func (p PrefixRatio) minima() (prefill, decode int) {
	if p.MinPrefill == 0 && p.MinDecode == 0 {
		return 0, p.Workers
	}
	return p.MinPrefill, p.MinDecode
}

// leastWorkers is how many workers a router must know so that as many can answer
// as must.
func (p PrefixRatio) leastWorkers() int {
	prefill, decode := p.minima()
	return prefill + decode
}

// compareDatasets checks that all arms were asked the same.
func compareDatasets(arms []Summary) {
	if len(arms) < 2 {
		return
	}
	base := arms[0]
	for i := 1; i < len(arms); i++ {
		s := &arms[i]
		if len(s.Points) == 0 || len(base.Points) == 0 {
			continue
		}
		c := Check{Name: "dataset", Arm: s.Name, OK: true, Detail: "asked what " + base.Name + " was asked, byte for byte"}
		for _, pt := range s.all() {
			for _, other := range base.all() {
				if pt.Seed == other.Seed && pt.Ratio == other.Ratio && (pt.Dataset != other.Dataset || pt.Dataset == "") {
					c.OK, c.Detail = false, fmt.Sprintf("asked something else than %s at a prefix ratio of %g", base.Name, pt.Ratio)
				}
			}
		}
		s.Checks = append(s.Checks, c)
	}
}
