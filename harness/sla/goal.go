package sla

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dynbench/dynbench/harness/metric"
)

// Stat is one figure of a metric whose values are of type T.
type Stat[T metric.Value] struct {
	def  metric.Def
	name string  // "p99", "avg"
	p    float64 // of a percentile, else 0
}

// P1 is the 1st percentile.
func P1[T metric.Value](d metric.Dist[T]) Stat[T] { return percentile(d, 1) }

// P5 is the 5th percentile.
func P5[T metric.Value](d metric.Dist[T]) Stat[T] { return percentile(d, 5) }

// P10 is the 10th percentile.
func P10[T metric.Value](d metric.Dist[T]) Stat[T] { return percentile(d, 10) }

// P25 is the 25th percentile.
func P25[T metric.Value](d metric.Dist[T]) Stat[T] { return percentile(d, 25) }

// P50 is the 50th percentile, the median.
func P50[T metric.Value](d metric.Dist[T]) Stat[T] { return percentile(d, 50) }

// P75 is the 75th percentile.
func P75[T metric.Value](d metric.Dist[T]) Stat[T] { return percentile(d, 75) }

// P90 is the 90th percentile.
func P90[T metric.Value](d metric.Dist[T]) Stat[T] { return percentile(d, 90) }

// P95 is the 95th percentile.
func P95[T metric.Value](d metric.Dist[T]) Stat[T] { return percentile(d, 95) }

// P99 is the 99th percentile.
func P99[T metric.Value](d metric.Dist[T]) Stat[T] { return percentile(d, 99) }

// Avg is the mean of the successful requests; like Min and Max it is judged by
// its value alone.
func Avg[T metric.Value](d metric.Dist[T]) Stat[T] { return Stat[T]{def: d.Def(), name: avg} }

// Min is the smallest value.
func Min[T metric.Value](d metric.Dist[T]) Stat[T] { return Stat[T]{def: d.Def(), name: lowest} }

// Max is the largest value.
func Max[T metric.Value](d metric.Dist[T]) Stat[T] { return Stat[T]{def: d.Def(), name: highest} }

// Of is the value of a metric with one value a level.
func Of[T metric.Value](s metric.Scalar[T]) Stat[T] { return Stat[T]{def: s.Def(), name: avg} }

const avg, lowest, highest = "avg", "min", "max"

func percentile[T metric.Value](d metric.Dist[T], p float64) Stat[T] {
	return Stat[T]{def: d.Def(), name: percentileName(p), p: p}
}

func percentileName(p float64) string { return "p" + strconv.FormatFloat(p, 'g', -1, 64) }

// AtMost is the goal that the figure is v or less.
func (s Stat[T]) AtMost(v T) Goal { return s.goal(atMost, v) }

// AtLeast is the goal that the figure is v or more.
func (s Stat[T]) AtLeast(v T) Goal { return s.goal(atLeast, v) }

func (s Stat[T]) goal(op string, v T) Goal {
	return Goal{def: s.def, stat: s.name, p: s.p, op: op, limit: s.def.Display(float64(v))}
}

const atMost, atLeast = "<=", ">="

// Goal is a limit on one figure of each level, or of those named by At or From.
type Goal struct {
	def   metric.Def
	stat  string
	p     float64
	op    string
	limit float64 // in the metric's Unit
	at    []string
	from  string
	added bool // not the user's own
}

// At confines the goal to the levels of these names, "c50". A name that the run
// does not have is no data.
func (g Goal) At(levels ...string) Goal {
	g.at, g.from = slices.Clone(levels), ""
	return g
}

// From confines the goal to a level and those above it: of "c10", the levels
// that are named c and a number of at least 10.
func (g Goal) From(level string) Goal {
	g.at, g.from = nil, level
	return g
}

// Metric describes the metric that the goal is on.
func (g Goal) Metric() metric.Def { return g.def }

// Percentile returns p of a goal on a percentile, 99 for P99; else false.
func (g Goal) Percentile() (float64, bool) { return g.p, g.p > 0 }

// Requests is the number of requests that a level needs so that it can pass by
// more than its point estimate: 29 for p90, 59 for p95, 299 for p99, and 1 for
// goals that are judged by value.
func (g Goal) Requests() int {
	if g.p == 0 {
		return 1
	}
	return int(math.Ceil(math.Log(risk) / math.Log(1-g.allowed())))
}

// allowed is the share of requests that may be beyond the limit.
func (g Goal) allowed() float64 {
	if g.op == atLeast {
		return g.p / 100
	}
	return (100 - g.p) / 100
}

// Covers says that the goal is for the level of this name.
func (g Goal) Covers(level string) bool {
	switch {
	case g.from != "":
		return level == g.from || above(g.from, level)
	case g.at != nil:
		return slices.Contains(g.at, level)
	}
	return true
}

// above says that two names are the same word and a number, the second's the
// larger one.
func above(from, level string) bool {
	fromWord, fromNumber, ok1 := numbered(from)
	word, number, ok2 := numbered(level)
	return ok1 && ok2 && word == fromWord && number >= fromNumber
}

func numbered(name string) (word string, n float64, ok bool) {
	word = strings.TrimRight(name, "0123456789.")
	n, err := strconv.ParseFloat(name[len(word):], 64)
	return word, n, err == nil
}

// String is the goal for people: "P99 time_to_first_token <= 400ms".
func (g Goal) String() string {
	figure := g.def.Key
	if g.def.Kind != metric.LevelKind && g.stat != "" {
		figure = strings.ToUpper(g.stat[:1]) + g.stat[1:] + " " + figure
	}
	return figure + " " + g.op + " " + quantity(g.limit, g.def.Unit)
}

// Text is the goal as Parse reads it: "time_to_first_token.p99<=400ms@c10+". Of
// several levels there is one text each, separated by blanks.
func (g Goal) Text() string {
	stat := "." + g.stat
	if g.def.Kind == metric.LevelKind {
		stat = ""
	}
	text := g.def.Key + stat + g.op + number(g.limit)
	if g.def.Duration() {
		text += g.def.Unit
	}
	if g.from != "" {
		return text + "@" + g.from + "+"
	}
	if g.at == nil {
		return text
	}
	var all []string
	for _, level := range g.at {
		all = append(all, text+"@"+level)
	}
	return strings.Join(all, " ")
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// quantity writes a limit with its unit.
func quantity(v float64, unit string) string {
	text := number(v)
	if math.Abs(v) >= 1e-4 && math.Abs(v) < 1e15 {
		text = strconv.FormatFloat(v, 'f', -1, 64)
	}
	switch unit {
	case "", "ratio", "requests":
		return text
	case "ns", "us", "ms", "sec", "%":
		return text + unit
	}
	return text + " " + unit
}
