package result

import (
	"encoding/json"
	"math"
	"slices"
)

// Estimate is a figure with the interval that holds the true one in 95 of 100
// cases. N is the number of runs or pairs that it stands on; with fewer than two
// the interval is infinite: one pair says nothing of how far the next would be
// off.
type Estimate struct {
	Value, Low, High float64
	N                int
}

// Bounded says that the interval has ends.
func (e Estimate) Bounded() bool { return !math.IsInf(e.Low, 0) && !math.IsInf(e.High, 0) }

type estimateJSON struct {
	Value float64  `json:"value"`
	Low   *float64 `json:"low"` // null: unbounded
	High  *float64 `json:"high"`
	N     int      `json:"n"`
}

// MarshalJSON writes infinite ends, which JSON does not have, as null.
func (e Estimate) MarshalJSON() ([]byte, error) {
	return json.Marshal(estimateJSON{e.Value, finite(e.Low), finite(e.High), e.N})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (e *Estimate) UnmarshalJSON(b []byte) error {
	var j estimateJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*e = Estimate{j.Value, orElse(j.Low, math.Inf(-1)), orElse(j.High, math.Inf(1)), j.N}
	return nil
}

// Base is the name of the first arm, "" of a comparison without arms.
func (c *Comparison) Base() string {
	if len(c.Arms) == 0 {
		return ""
	}
	return c.Arms[0].Name
}

// Arm returns the arm of that name, or nil.
func (c *Comparison) Arm(name string) *ComparisonArm {
	for i := range c.Arms {
		if c.Arms[i].Name == name {
			return &c.Arms[i]
		}
	}
	return nil
}

// Level returns the level of that name, or nil; "" is the only level of a
// comparison that has one.
func (c *Comparison) Level(name string) *ComparisonLevel {
	for i := range c.Levels {
		if c.Levels[i].Name == name || name == "" && len(c.Levels) == 1 {
			return &c.Levels[i]
		}
	}
	return nil
}

// Arm returns what the arm did at the level; false where it has no good run.
func (l *ComparisonLevel) Arm(name string) (ArmLevel, bool) {
	if l == nil {
		return ArmLevel{}, false
	}
	i := slices.IndexFunc(l.Arms, func(a ArmLevel) bool { return a.Arm == name })
	if i < 0 {
		return ArmLevel{}, false
	}
	return l.Arms[i], true
}

// Row returns the row of a metric's key, a statistic ("avg", "p50", "p99") and a
// level, or nil; the level "" is the only one of a comparison that has one.
func (c *Comparison) Row(metric, stat, level string) *ComparisonRow {
	if level == "" && len(c.Levels) == 1 {
		level = c.Levels[0].Name
	}
	for i := range c.Rows {
		if r := &c.Rows[i]; r.Metric == metric && r.Stat == stat && r.Level == level {
			return r
		}
	}
	return nil
}

// Arm returns the figures of the arm in the row; false where it has none.
func (r *ComparisonRow) Arm(name string) (ArmFigure, bool) {
	if r == nil {
		return ArmFigure{}, false
	}
	i := slices.IndexFunc(r.Arms, func(a ArmFigure) bool { return a.Arm == name })
	if i < 0 {
		return ArmFigure{}, false
	}
	return r.Arms[i], true
}

// Mean is the mean over the good runs of an arm, in the metric's unit; false
// where it has none.
func (c *Comparison) Mean(arm, metric, stat, level string) (Estimate, bool) {
	f, _ := c.Row(metric, stat, level).Arm(arm)
	return f.Mean, f.Mean.N > 0
}

// Ratio is arm / base, with its interval over the pairs; false where there is
// none: see ArmFigure.
func (c *Comparison) Ratio(arm, metric, stat, level string) (Estimate, bool) {
	f, _ := c.Row(metric, stat, level).Arm(arm)
	if f.Ratio == nil {
		return Estimate{}, false
	}
	return *f.Ratio, true
}

// Difference is arm - base in the metric's unit, with its interval over the
// pairs.
func (c *Comparison) Difference(arm, metric, stat, level string) (Estimate, bool) {
	f, _ := c.Row(metric, stat, level).Arm(arm)
	if f.Difference == nil {
		return Estimate{}, false
	}
	return *f.Difference, true
}
