package gate

import (
	"slices"

	"github.com/dynbench/dynbench/harness/result"
)

// Settle makes the figures of each row anew from the values of its runs: mean and
// median of each arm, and ratio and difference of the others against the base
// over the pairs that both have a value in. It needs nothing else, so that a
// comparison that was read from its file gives the same figures.
func Settle(c *result.Comparison) {
	for i := range c.Rows {
		settleRow(&c.Rows[i], c.Base())
	}
}

func settleRow(row *result.ComparisonRow, base string) {
	b, _ := row.Arm(base)
	for i := range row.Arms {
		f := &row.Arms[i]
		f.Mean, f.Median, f.Ratio, f.Difference = result.Estimate{}, 0, nil, nil
		if len(f.Values) == 0 {
			continue
		}
		f.Mean, f.Median = Mean(f.Values), Median(f.Values)
		if f.Arm == base {
			continue
		}
		of, other := paired(b, *f)
		if d, ok := PairedDifference(of, other); ok {
			f.Difference = &d
		}
		if r, ok := PairedRatio(of, other); ok && !row.Share {
			f.Ratio = &r
		}
	}
}

// paired are the values of the pairs that both have, in one order.
func paired(base, other result.ArmFigure) (of, values []float64) {
	for i, pair := range other.Pairs {
		if j := slices.Index(base.Pairs, pair); j >= 0 {
			of, values = append(of, base.Values[j]), append(values, other.Values[i])
		}
	}
	return of, values
}
