package sla

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/dynbench/dynbench/harness/metric"
)

// form is what Parse accepts, for its errors.
const form = "want METRIC[.STAT]<=VALUE[@LEVEL[+]], as ttft.p99<=200ms@c10+ or cache_hit>=40%"

var (
	operator = regexp.MustCompile(`\s*([<>]=)\s*`)
	value    = regexp.MustCompile(`^([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(\S*)$`)
	scope    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/=-]*$`)
)

// ParseList reads goals that are separated by commas or blanks. An empty text
// has none.
func ParseList(s string, set metric.Set) ([]Goal, error) {
	s = operator.ReplaceAllString(s, "$1")
	var goals []Goal
	for _, text := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		g, err := Parse(text, set)
		if err != nil {
			return nil, err
		}
		goals = append(goals, g)
	}
	return goals, nil
}

// Parse reads one goal: a key or short name of set; for metrics with one value
// a request or gap a figure, p1 p5 p10 p25 p50 p75 p90 p95 p99 avg min max; <=
// or >=; a value, a plain number being in the metric's unit, durations also in
// ns, us, ms, s, ratios also in %; and optionally @ and a level, with + for it
// and those above.
func Parse(s string, set metric.Set) (Goal, error) {
	text := operator.ReplaceAllString(strings.TrimSpace(s), "$1")
	i := strings.IndexAny(text, "<>")
	if i <= 0 || !strings.HasPrefix(text[i+1:], "=") {
		return Goal{}, fmt.Errorf("goal %q: %s", s, form)
	}
	g := Goal{op: text[i : i+2]}
	limit, level, scoped := strings.Cut(text[i+2:], "@")
	if err := g.parseFigure(text[:i], set); err != nil {
		return Goal{}, fmt.Errorf("goal %q: %w", s, err)
	}
	if err := g.parseLimit(limit); err != nil {
		return Goal{}, fmt.Errorf("goal %q: %w", s, err)
	}
	if !scoped {
		return g, nil
	}
	name, up := strings.CutSuffix(level, "+")
	if !scope.MatchString(name) {
		return Goal{}, fmt.Errorf("goal %q: level %q: %s", s, level, form)
	}
	if up {
		return g.From(name), nil
	}
	return g.At(name), nil
}

func (g *Goal) parseFigure(s string, set metric.Set) error {
	name, stat := s, ""
	m, ok := set.Find(s)
	if !ok {
		if i := strings.LastIndexByte(s, '.'); i >= 0 {
			name, stat = s[:i], s[i+1:]
		}
		if m, ok = set.Find(name); !ok {
			return fmt.Errorf("no metric %q: %s", name, form)
		}
	}
	g.def = m.Def()
	if g.def.Kind == metric.LevelKind {
		if stat != "" && stat != avg {
			return fmt.Errorf("%s has one value a level, no %q: %s", name, stat, form)
		}
		g.stat = avg
		return nil
	}
	g.stat = stat
	if stat == avg || stat == lowest || stat == highest {
		return nil
	}
	for _, p := range metric.Points() {
		if stat == percentileName(p) {
			g.p = p
			return nil
		}
	}
	return fmt.Errorf("%s: say which figure of it, one of %s: %s", name, figures(), form)
}

func figures() string {
	names := []string{avg, lowest, highest}
	for _, p := range slices.Backward(metric.Points()) {
		names = slices.Insert(names, 0, percentileName(p))
	}
	return strings.Join(names, " ")
}

func (g *Goal) parseLimit(s string) error {
	parts := value.FindStringSubmatch(s)
	if parts == nil {
		return fmt.Errorf("value %q is not a number with a unit: %s", s, form)
	}
	v, err := strconv.ParseFloat(parts[1], 64)
	if err != nil {
		return fmt.Errorf("value %q is out of range: %s", s, form)
	}
	if g.limit, err = g.inUnit(v, parts[2]); err != nil {
		return err
	}
	if math.IsInf(g.limit, 0) {
		return fmt.Errorf("value %q is out of range: %s", s, form)
	}
	if g.def.Unit == "ratio" && parts[2] == "" && v > 1 {
		return fmt.Errorf("%s is a ratio: write %s%% or %s", g.def.Key, parts[1], number(v/100))
	}
	return nil
}

// inUnit converts a value from the unit that was written to the metric's own.
func (g *Goal) inUnit(v float64, unit string) (float64, error) {
	if unit == "" || unit == g.def.Unit {
		return v, nil
	}
	if ns, ok := map[string]float64{"ns": 1, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9, "sec": 1e9}[unit]; ok && g.def.Duration() {
		return g.def.Display(v * ns), nil
	}
	if unit == "%" && g.def.Unit == "ratio" {
		return v / 100, nil
	}
	return 0, fmt.Errorf("%s is in %s, not in %q: %s", g.def.Key, g.def.Unit, unit, form)
}
