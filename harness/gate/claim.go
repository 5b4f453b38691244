package gate

import (
	"fmt"
	"math"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/sla"
)

// Claim is what an arm must come to against the base. It holds when the whole
// interval over the pairs is within the limit, fails when the whole interval is
// beyond it, and is inconclusive otherwise.
type Claim struct {
	arm, key, stat, unit, level string
	difference, atLeast         bool
	limit                       float64
}

// RatioOf is a claim on arm / base of a statistic ("avg", "p50", "p90", "p99") of
// a metric: RatioOf("kv", metric.TTFT, "avg").AtMost(0.8).
func RatioOf(arm string, m metric.Metric, stat string) Claim {
	return Claim{arm: arm, key: m.Def().Key, stat: stat, unit: "ratio"}
}

// DifferenceOf is a claim on arm - base, in the metric's unit: for shares and for
// what can be 0.
func DifferenceOf(arm string, m metric.Metric, stat string) Claim {
	return Claim{arm: arm, key: m.Def().Key, stat: stat, unit: m.Def().Unit, difference: true}
}

// AtMost sets the greatest value that holds.
func (c Claim) AtMost(limit float64) Claim { c.limit, c.atLeast = limit, false; return c }

// AtLeast sets the smallest value that holds.
func (c Claim) AtLeast(limit float64) Claim { c.limit, c.atLeast = limit, true; return c }

// At narrows the claim to one level; without it every level is judged.
func (c Claim) At(level string) Claim { c.level = level; return c }

// String is the claim for people: "avg time_to_first_token of kv / base <= 0.8".
func (c Claim) String() string { return c.over("base") }

func (c Claim) over(base string) string {
	sign, op := "/", c.op()
	if c.difference {
		sign = "-"
	}
	return fmt.Sprintf("%s %s of %s %s %s %s %g", c.stat, c.key, c.arm, sign, base, op, c.limit)
}

func (c Claim) op() string {
	if c.atLeast {
		return ">="
	}
	return "<="
}

// Check judges the claims on every level that they cover. No figure is NoData,
// which counts as failed; a single pair has no interval and is inconclusive.
func Check(c *result.Comparison, claims ...Claim) result.Verdict {
	var v result.Verdict
	for _, claim := range claims {
		found := false
		for _, l := range c.Levels {
			if claim.level == "" || claim.level == l.Name {
				v.Rows, found = append(v.Rows, claim.judge(c, l.Name)), true
			}
		}
		if !found {
			v.Rows = append(v.Rows, claim.judge(c, claim.level))
		}
	}
	return v
}

func (c Claim) judge(in *result.Comparison, level string) result.Row {
	row := result.Row{
		Goal: c.over(in.Base()), Metric: c.key, Stat: c.stat, Level: level, Op: c.op(), Limit: c.limit, Unit: c.unit,
		Value: math.NaN(), Low: math.Inf(-1), High: math.Inf(1), Status: result.NoData,
	}
	find := in.Ratio
	if c.difference {
		find = in.Difference
	}
	e, ok := find(c.arm, c.key, c.stat, level)
	if !ok {
		row.Note = "no pair to compare"
		return row
	}
	row.Value, row.Low, row.High, row.N = e.Value, e.Low, e.High, e.N
	if row.Status = c.status(e); e.N < 2 {
		row.Note = "one pair has no interval"
	}
	return row
}

func (c Claim) status(e result.Estimate) result.Status {
	worst, best, limit := e.High, e.Low, c.limit
	if c.atLeast {
		worst, best, limit = -e.Low, -e.High, -c.limit
	}
	switch {
	case worst <= limit:
		return result.Pass
	case best > limit:
		return result.Fail
	}
	return result.Inconclusive
}

// RequireClaims checks the claims, logs each and fails the test for each that failed or
// had no data. The rows become the comparison's Verdict, beside earlier ones.
func RequireClaims(t sla.TB, c *result.Comparison, claims ...Claim) {
	t.Helper()
	verdict := Check(c, claims...)
	c.Verdict.Rows = append(c.Verdict.Rows, verdict.Rows...)
	for _, row := range verdict.Rows {
		if row.Status.Failed() {
			t.Errorf("%s", sla.Line(row))
			continue
		}
		t.Logf("%s", sla.Line(row))
	}
}
