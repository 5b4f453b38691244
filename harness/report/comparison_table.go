package report

import (
	"fmt"
	"io"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/dynbench/dynbench/harness/result"
)

// ComparisonTable writes two tables of about 120 columns: the means over the runs
// of each arm at each level, and what the arms came to against the base, with the
// 95 % intervals over the pairs.
func ComparisonTable(w io.Writer, c *result.Comparison) error {
	out := "Means over runs:\n\n" + meansTable(c) + "\n"
	if len(c.Arms) > 1 && len(c.Levels) > 0 {
		out += fmt.Sprintf("\nAgainst %s, with 95 %% intervals over pairs (ratios; cached: difference in points):\n\n%s\n", c.Base(), ratioTable(c))
	}
	_, err := io.WriteString(w, out)
	return err
}

const keyCacheHit = "cache_hit_ratio"

func meansTable(c *result.Comparison) string {
	t := newTable(2, 13)
	t.AppendHeader(table.Row{"", "", "", "", "", "TTFT ms", "", "", "ITL ms", "", "latency", "tok/s", "cached"})
	t.AppendHeader(table.Row{"level", "arm", "runs", "req", "err", "mean", "p50", "p99", "mean", "req/s", "ms mean", "total", "%"})
	for _, l := range c.Levels {
		for i, a := range c.Arms {
			at, ok := l.Arm(a.Name)
			if !ok {
				continue
			}
			mean := func(key, stat string) string {
				e, ok := c.Mean(a.Name, key, stat, l.Name)
				if !ok {
					return "-"
				}
				return number(e.Value)
			}
			t.AppendRow(table.Row{
				onFirst(i, l.Name), a.Name, strconv.Itoa(at.Runs), strconv.Itoa(at.Requests), strconv.Itoa(at.Errors),
				mean(keyTTFT, "avg"), mean(keyTTFT, "p50"), mean(keyTTFT, "p99"), mean(keyITL, "avg"), mean(keyRequestRate, "avg"),
				mean(keyLatency, "avg"), mean(keyOutputRate, "avg"), cachedPercent(at),
			})
		}
	}
	return t.Render()
}

// cachedPercent is the share of the prompt tokens of all runs.
func cachedPercent(a result.ArmLevel) string {
	share, ok := a.CachedShare()
	if !ok {
		return "-"
	}
	return strconv.FormatFloat(100*share, 'f', 1, 64)
}

func ratioTable(c *result.Comparison) string {
	t := newTable(2, 8)
	t.AppendHeader(table.Row{"level", "arm", "pairs", "TTFT mean", "TTFT p99", "ITL mean", "tok/s", "cached"})
	for _, l := range c.Levels {
		for i, a := range c.Arms[1:] {
			if _, ok := l.Arm(a.Name); !ok {
				continue
			}
			ratio := func(key, stat string) string { return ratioCell(c.Ratio(a.Name, key, stat, l.Name)) }
			t.AppendRow(table.Row{
				onFirst(i, l.Name), a.Name, pairsOf(c, a.Name, l.Name), ratio(keyTTFT, "avg"), ratio(keyTTFT, "p99"),
				ratio(keyITL, "avg"), ratio(keyOutputRate, "avg"), pointsCell(c.Difference(a.Name, keyCacheHit, "avg", l.Name)),
			})
		}
	}
	return t.Render()
}

func pairsOf(c *result.Comparison, arm, level string) string {
	for _, key := range []string{keyTTFT, keyLatency, keyOutputRate} {
		if e, ok := c.Difference(arm, key, "avg", level); ok {
			return strconv.Itoa(e.N)
		}
	}
	return "0"
}

// ratioCell is "0.52 [0.48, 0.56]", or "0.52 [?]" of one pair, which has no
// interval.
func ratioCell(e result.Estimate, ok bool) string {
	switch {
	case !ok:
		return "-"
	case !e.Bounded():
		return ratioText(e.Value) + " [?]"
	}
	return fmt.Sprintf("%s [%s, %s]", ratioText(e.Value), ratioText(e.Low), ratioText(e.High))
}

func ratioText(v float64) string {
	if v >= 100 || v < 0.1 {
		return strconv.FormatFloat(v, 'g', 2, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

func pointsCell(e result.Estimate, ok bool) string {
	switch {
	case !ok:
		return "-"
	case !e.Bounded():
		return fmt.Sprintf("%+.1f [?]", 100*e.Value)
	}
	return fmt.Sprintf("%+.1f [%+.1f, %+.1f]", 100*e.Value, 100*e.Low, 100*e.High)
}

// onFirst is s in the first row of a level and nothing in the others.
func onFirst(i int, s string) string {
	if i == 0 {
		return s
	}
	return ""
}

// newTable aligns the columns after the first left ones to the right.
func newTable(left, columns int) table.Writer {
	t := table.NewWriter()
	t.SetStyle(tableStyle())
	t.SuppressTrailingSpaces()
	configs := make([]table.ColumnConfig, columns-left)
	for i := range configs {
		configs[i] = table.ColumnConfig{Number: i + left + 1, Align: text.AlignRight, AlignHeader: text.AlignRight}
	}
	t.SetColumnConfigs(configs)
	return t
}
