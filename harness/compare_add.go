package harness

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"slices"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
)

// add takes a good run of an arm into the levels and rows of the comparison.
func (k *comparison) add(arm *result.ComparisonArm, pair int, run *result.Run) {
	arm.Target, arm.Workload, arm.Fingerprint = run.Target, run.Workload, run.Fingerprint
	for i := range run.Levels {
		if l := &run.Levels[i]; l.Repeat == 0 {
			k.addLevel(arm.Name, l, i)
		}
	}
	for i := range run.Levels {
		l := &run.Levels[i]
		k.addTotals(arm.Name, l)
		if l.Repeat > 0 {
			continue
		}
		for _, key := range k.Metrics {
			k.addFigures(arm.Name, pair, run, l.Name, key)
		}
	}
	k.sort()
}

// addLevel notes a level, in the place that it has in its sweep.
func (k *comparison) addLevel(arm string, l *result.Level, place int) {
	level := k.out.Level(l.Name)
	if level == nil || level.Name != l.Name {
		place = min(place, len(k.out.Levels))
		k.out.Levels = slices.Insert(k.out.Levels, place, result.ComparisonLevel{Name: l.Name, Concurrency: l.Concurrency, Axes: l.Axes})
		level = &k.out.Levels[place]
	}
	if _, ok := level.Arm(arm); !ok {
		level.Arms = append(level.Arms, result.ArmLevel{Arm: arm})
	}
	for i := range level.Arms {
		if level.Arms[i].Arm == arm {
			level.Arms[i].Runs++
		}
	}
}

func (k *comparison) addTotals(arm string, l *result.Level) {
	level := k.out.Level(l.Name)
	for i := range level.Arms {
		if level.Arms[i].Arm == arm {
			sum(&level.Arms[i], l)
			k.addObserved(&level.Arms[i], l)
		}
	}
}

// sum adds a level of one run.
func sum(a *result.ArmLevel, l *result.Level) {
	a.Requests, a.Errors = a.Requests+l.Requests, a.Errors+l.Errors
	for kind, n := range l.Outcomes {
		if n == 0 {
			continue
		}
		if a.Outcomes == nil {
			a.Outcomes = map[string]int{}
		}
		a.Outcomes[kind] += n
	}
	for _, f := range l.Failures {
		if f.Code == http.StatusTooManyRequests || f.Code == http.StatusServiceUnavailable {
			a.Rejected += f.Count
		}
	}
	a.InputTokens, a.OutputTokens = a.InputTokens+l.Totals.Input, a.OutputTokens+l.Totals.Output
	a.CachedTokens, a.CachedInput = a.CachedTokens+l.Totals.Cached, a.CachedInput+l.Totals.CachedInput
	if l.ClientLimited {
		a.ClientLimited++
	}
}

// addObserved takes what the target's own metrics said into the arm's means.
func (k *comparison) addObserved(a *result.ArmLevel, l *result.Level) {
	for name, v := range l.Observed.Facts() {
		if a.Observed == nil {
			a.Observed = map[string]float64{}
		}
		key := l.Name + "/" + a.Arm + "/" + name
		k.seen[key]++
		a.Observed[name] += (v - a.Observed[name]) / float64(k.seen[key])
	}
}

// addFigures adds a metric's figures at a level of a run; of a level that was
// repeated inside the run it is their mean.
func (k *comparison) addFigures(arm string, pair int, run *result.Run, level, key string) {
	var all []metric.Stats
	for i := range run.Levels {
		if l := &run.Levels[i]; l.Name == level && l.State.Whole() {
			if s, ok := l.Stats[key]; ok {
				all = append(all, s)
			}
		}
	}
	if len(all) == 0 {
		return
	}
	for _, stat := range statistics(all[0]) {
		total, n := 0.0, 0
		for _, s := range all {
			if v, ok := figure(s, stat); ok {
				total, n = total+v, n+1
			}
		}
		if n == len(all) && !math.IsNaN(total) && !math.IsInf(total, 0) {
			k.put(level, key, stat, all[0].Unit, arm, pair, total/float64(n))
		}
	}
}

// compared are the percentiles that a comparison has beside the mean.
func compared() []float64 { return []float64{50, 90, 99} }

const meanStat = "avg"

func statistics(s metric.Stats) []string {
	names := []string{meanStat}
	if len(s.P) > 0 {
		for _, p := range compared() {
			names = append(names, fmt.Sprintf("p%g", p))
		}
	}
	return names
}

func figure(s metric.Stats, stat string) (float64, bool) {
	if stat == meanStat {
		return s.Avg, true
	}
	for _, p := range compared() {
		if stat == fmt.Sprintf("p%g", p) {
			q, ok := s.Quantile(p)
			return q.Value, ok
		}
	}
	return 0, false
}

// put adds one value to its row.
func (k *comparison) put(level, key, stat, unit, arm string, pair int, value float64) {
	row := k.out.Row(key, stat, level)
	if row == nil {
		r := result.ComparisonRow{Level: level, Metric: key, Stat: stat, Unit: unit, Share: unit == "ratio" || unit == "%"}
		if m, ok := k.metric(key); ok {
			switch m.Def().Direction {
			case metric.LowerIsBetter:
				r.Better = "lower"
			case metric.HigherIsBetter:
				r.Better = "higher"
			}
		}
		for _, a := range k.out.Arms {
			r.Arms = append(r.Arms, result.ArmFigure{Arm: a.Name, Pairs: []int{}, Values: []float64{}})
		}
		k.out.Rows = append(k.out.Rows, r)
		row = &k.out.Rows[len(k.out.Rows)-1]
	}
	for i := range row.Arms {
		if f := &row.Arms[i]; f.Arm == arm {
			f.Pairs, f.Values = append(f.Pairs, pair), append(f.Values, value)
		}
	}
}

// sort puts the rows in the order of levels, metrics and statistics.
func (k *comparison) sort() {
	level := func(r result.ComparisonRow) int {
		return slices.IndexFunc(k.out.Levels, func(l result.ComparisonLevel) bool { return l.Name == r.Level })
	}
	slices.SortStableFunc(k.out.Rows, func(a, b result.ComparisonRow) int {
		return cmp.Or(cmp.Compare(level(a), level(b)),
			cmp.Compare(slices.Index(k.Metrics, a.Metric), slices.Index(k.Metrics, b.Metric)),
			cmp.Compare(a.Stat, b.Stat)) // avg, p50, p90, p99
	})
}
