package sla

import (
	"fmt"
	"math"
	"strings"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
)

// judge decides one goal at one level.
func judge(g Goal, l *result.Level) result.Row {
	row := g.row()
	row.Level, row.Dir = l.Name, l.Dir
	s, ok := stats(g.def.Key, l)
	switch {
	case !ok:
		row.Note = noDataNote(l)
	case g.p == 0:
		g.byValue(&row, s)
	default:
		g.byShare(&row, s, failures(l))
	}
	return row
}

// row is a row of g without data.
func (g Goal) row() result.Row {
	return result.Row{
		Goal: g.String(), Metric: g.def.Key, Stat: g.stat, Op: g.op, Limit: g.limit, Unit: g.def.Unit,
		Value: math.NaN(), Low: math.Inf(-1), High: math.Inf(1), Status: result.NoData,
	}
}

func noDataNote(l *result.Level) string {
	why := fmt.Sprintf("level %s", l.State)
	if l.Reason != "" {
		why += ": " + l.Reason
	}
	if f := failures(l); f > 0 {
		why = fmt.Sprintf("%d requests failed, %s", f, why)
	}
	return why
}

// stats of a level; the error rate of trees that lack it comes from their counts.
func stats(key string, l *result.Level) (metric.Stats, bool) {
	s, ok := l.Stats[key]
	if ok && s.Count > 0 {
		return s, true
	}
	if key == metric.ErrorRate.Def().Key && !ok && l.Requests > 0 {
		return metric.Stats{Avg: float64(failures(l)) / float64(l.Requests), Count: l.Requests}, true
	}
	return metric.Stats{}, false
}

func failures(l *result.Level) int { return max(l.Totals.Failed, l.Errors) }

// met says that a value keeps the limit.
func (g Goal) met(v float64) bool {
	if g.op == atLeast {
		return v >= g.limit
	}
	return v <= g.limit
}

func (g Goal) decide(row *result.Row, pass bool) {
	row.Status = result.Fail
	if pass {
		row.Status = result.Pass
	}
}

func (g Goal) byValue(row *result.Row, s metric.Stats) {
	row.N = s.Count
	switch g.stat {
	case lowest:
		row.Value = s.Min
	case highest:
		row.Value = s.Max
	default:
		row.Value = s.Avg
	}
	g.decide(row, g.met(row.Value))
}

// byShare decides a percentile: "p_q <= T" says that at most 1-q of the
// requests exceed T, failed ones counted as exceeding. It passes when the upper
// bound of the share seen is at most 1-q, fails when the lower bound is above
// it, and is else decided by the point estimate, which the row says.
func (g Goal) byShare(row *result.Row, s metric.Stats, failed int) {
	q, ok := s.Quantile(g.p)
	if !ok {
		row.Note = fmt.Sprintf("%s has no %s", g.def.Key, g.stat)
		return
	}
	var notes []string
	if failed > 0 {
		notes = append(notes, fmt.Sprintf("%d failed requests count as beyond the limit", failed))
		failed = g.values(failed, s)
	}
	row.N, row.Value, row.Low, row.High = s.Count+failed, q.Value, q.Low, q.High
	g.withFailures(row, s, failed)
	if beyond, held := g.beyond(s); held {
		row.Status = g.test(beyond, failed, s.Effective)
	} else {
		row.Status = g.stored(q, s.Count, failed)
	}
	if row.Status == result.Inconclusive {
		notes = append(notes, fmt.Sprintf("inconclusive (n=%d): decided by the point estimate", row.N))
		g.decide(row, g.met(row.Value))
	}
	row.Note = strings.Join(notes, "; ")
}

// values is how many values the failed requests stand for: of gaps, as many as
// successful requests have on average.
func (g Goal) values(failed int, s metric.Stats) int {
	if g.def.Kind != metric.GapKind || s.Effective <= 0 {
		return failed
	}
	return int(math.Ceil(float64(failed) * float64(s.Count) / s.Effective))
}

func (g Goal) beyond(s metric.Stats) (metric.Beyond, bool) {
	if g.op == atLeast {
		return s.Below(g.limit)
	}
	return s.Above(g.limit)
}

// withFailures moves the value, and the interval with it, to what it is when
// failed requests are the worst of all.
func (g Goal) withFailures(row *result.Row, s metric.Stats, failed int) {
	low, high := 0, failed
	if g.op == atLeast {
		low, high = failed, 0
	}
	if v, ok := s.QuantileWith(g.p, low, high); ok && failed > 0 {
		row.Value, row.Low, row.High = v, min(row.Low, v), max(row.High, v)
	}
}

// test decides by the count of values beyond the limit, where they are worth
// effective independent ones.
func (g Goal) test(b metric.Beyond, failed int, effective float64) result.Status {
	scale := 1.0 // independent requests in each
	if effective > 0 {
		scale = min(effective/float64(b.N), 1)
	}
	n := float64(b.N+failed) * scale
	switch {
	case upperBound(float64(b.Most+failed)*scale, n) <= g.allowed():
		return result.Pass
	case lowerBound(float64(b.Least+failed)*scale, n) > g.allowed():
		return result.Fail
	}
	return result.Inconclusive
}

// stored decides by the interval that was read with a percentile, where the
// values are not at hand. With failed requests only a fail is certain.
func (g Goal) stored(q metric.Quantile, n, failed int) result.Status {
	if lowerBound(float64(failed), float64(n+failed)) > g.allowed() {
		return result.Fail
	}
	best, worst := q.Low, q.High
	if g.op == atLeast {
		best, worst = q.High, q.Low
	}
	switch {
	case q.Low > q.Value || q.High < q.Value: // none was stored
		return result.Inconclusive
	case !g.met(best):
		return result.Fail
	case g.met(worst) && failed == 0:
		return result.Pass
	}
	return result.Inconclusive
}
