package report

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/dynbench/dynbench/harness/result"
)

// axis is the parameter that the levels of a comparison differ in.
type axis struct {
	key   string // of Level.Axes
	label string // of the x axis
	word  string // in titles, "Concurrency"
	file  string // in file names, "concurrency"
	log   bool
}

const concurrency = "concurrency"

func axisOf(key string) axis {
	switch key {
	case concurrency:
		return axis{key, "Concurrency Level", "Concurrency", concurrency, true}
	case "rate", "request_rate":
		return axis{key, "Request Rate (req/s)", "Request Rate", "request_rate", true}
	}
	words := strings.Split(strings.ReplaceAll(key, "_", " "), " ")
	for i, w := range words {
		words[i] = TitleCase(w)
	}
	word := strings.Join(words, " ")
	return axis{key, word, word, key, false}
}

// chooseAxis takes the concurrency if it differs between levels or nothing
// else does, and otherwise the axis with the most different values.
func chooseAxis(runs []*result.Run) axis {
	values := map[string][]float64{}
	for _, r := range runs {
		for i := range r.Levels {
			for k, v := range coordinates(&r.Levels[i]) {
				values[k] = append(values[k], v)
			}
		}
	}
	best, most := concurrency, len(distinct(values[concurrency]))
	for _, k := range slices.Sorted(maps.Keys(values)) {
		if n := len(distinct(values[k])); n > most && (most < 2 || best != concurrency) {
			best, most = k, n
		}
	}
	a := axisOf(best)
	a.log = a.log && !slices.ContainsFunc(values[best], func(v float64) bool { return v <= 0 })
	return a
}

// coordinates are the axes of a level; the concurrency is one of them wherever
// it is known.
func coordinates(l *result.Level) map[string]float64 {
	if _, ok := l.Axes[concurrency]; ok || l.Concurrency == 0 {
		return l.Axes
	}
	all := map[string]float64{concurrency: float64(l.Concurrency)}
	maps.Copy(all, l.Axes)
	return all
}

// group is one line of a plot: a run, or the levels of a run that share all
// other axes.
type group struct {
	name   string
	run    *result.Run
	levels []*result.Level // with data or not, ascending in x
	x      []float64
	look   look
}

// groups splits the runs into lines, in the order of the runs.
func groups(runs []*result.Run, a axis, o Options) []group {
	var all []group
	names := labelsOf(runs, o)
	for i, r := range runs {
		all = append(all, groupsOf(r, names[i], a)...)
	}
	for i := range all {
		all[i].look = lookOf(i)
	}
	return all
}

func groupsOf(r *result.Run, name string, a axis) []group {
	varying := otherAxes(r, a)
	byName := map[string]*group{}
	for i := range r.Levels {
		l := &r.Levels[i]
		at := coordinates(l)
		x, ok := at[a.key]
		if !ok || math.IsNaN(x) || math.IsInf(x, 0) {
			continue
		}
		full := name
		for _, k := range varying {
			full += fmt.Sprintf(" %s=%g", k, at[k])
		}
		g := byName[full]
		if g == nil {
			g = &group{name: full, run: r}
			byName[full] = g
		}
		g.levels, g.x = append(g.levels, l), append(g.x, x)
	}
	out := make([]group, 0, len(byName))
	for _, k := range slices.Sorted(maps.Keys(byName)) {
		out = append(out, *byName[k])
	}
	return out
}

// otherAxes are the axes besides a that the levels of the run differ in.
func otherAxes(r *result.Run, a axis) []string {
	values := map[string][]float64{}
	for i := range r.Levels {
		for k, v := range coordinates(&r.Levels[i]) {
			values[k] = append(values[k], v)
		}
	}
	var keys []string
	for _, k := range slices.Sorted(maps.Keys(values)) {
		if k != a.key && len(distinct(values[k])) > 1 {
			keys = append(keys, k)
		}
	}
	return keys
}

// points are the levels of the group that have the value, repeats of a level
// joined: their median, and p25 to p75 as the bar. They ascend in x.
func (g group) points(y Value) []point {
	byX := map[float64][]float64{}
	hollow := map[float64]bool{}
	for i, l := range g.levels {
		v, ok := y(g.run, l)
		if !ok || math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		x := g.x[i]
		byX[x] = append(byX[x], v)
		hollow[x] = hollow[x] || l.State != result.LevelOK
	}
	out := make([]point, 0, len(byX))
	for x, ys := range byX {
		slices.Sort(ys)
		out = append(out, point{x: x, y: quantile(ys, 0.5), low: quantile(ys, 0.25), high: quantile(ys, 0.75), hollow: hollow[x], label: fmt.Sprintf("%g", x)})
	}
	slices.SortFunc(out, func(a, b point) int { return cmp.Compare(a.x, b.x) })
	return out
}

// quantile is the linear quantile q of ascending values.
func quantile(sorted []float64, q float64) float64 {
	rank := q * float64(len(sorted)-1)
	i := int(rank)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (rank-float64(i))*(sorted[i+1]-sorted[i])
}

// labelsOf are the names of the runs as the legend shows them: exact, with the
// folder added where two are the same.
func labelsOf(runs []*result.Run, o Options) []string {
	count := map[string]int{}
	for _, r := range runs {
		count[r.Name]++
	}
	names := make([]string, len(runs))
	for i, r := range runs {
		names[i] = r.Name
		if o.TitleCase {
			names[i] = TitleCase(r.Name)
		}
		if count[r.Name] > 1 {
			names[i] += " (" + r.Dir + ")"
		}
	}
	return names
}
