package router

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/report"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/internal/atomicfile"
)

// Names of plots, as the original benchmark has them.
const (
	ArmPlot     = "prefix_ratio_performance.png" // of one arm
	ComparePlot = "plots.png"                    // of several
)

// The axes of the plots, in the words of the original.
const (
	ratioAxis      = "Prefix Ratio"
	ttftAxis       = "Time to First Token (ms)"
	throughputAxis = "Output Token Throughput (tokens/s)"
)

// plotArm draws the TTFT and the throughput of one arm over the ratios.
func plotArm(dir string, s Summary) (string, error) {
	ttft := report.Panel{Title: "TTFT vs Prefix Ratio", X: ratioAxis, Y: ttftAxis, Lines: []report.Line{{Look: report.BlueLook}}}
	rate := report.Panel{Title: "Throughput vs Prefix Ratio", X: ratioAxis, Y: throughputAxis, Lines: []report.Line{{Look: report.RedLook, Solid: true}}}
	for _, p := range s.Points {
		t, r := float64(p.TTFT.Avg), float64(p.Throughput)
		ttft.Lines[0].Points = append(ttft.Lines[0].Points, report.LinePoint{X: p.Ratio, Y: t, Label: fmt.Sprintf("%.1fms", t)})
		rate.Lines[0].Points = append(rate.Lines[0].Points, report.LinePoint{X: p.Ratio, Y: r, Label: fmt.Sprintf("%.1f", r)})
	}
	d := report.Drawing{Width: 12, Height: 5, Panels: []report.Panel{ttft, rate}, Notes: notes([]Summary{s})}
	return draw(d, filepath.Join(dir, ArmPlot))
}

func draw(d report.Drawing, path string) (string, error) {
	b, err := d.PNG()
	if err == nil {
		err = atomicfile.Write(path, b)
	}
	if err != nil {
		return "", fmt.Errorf("plot %s: %w", filepath.Base(path), err)
	}
	return path, nil
}

// notes say what a picture does not show by itself.
func notes(arms []Summary) []string {
	var out []string
	for _, s := range arms {
		rejected := 0
		for _, p := range s.Points {
			rejected += p.Failures.Rejected
		}
		if rejected > 0 {
			out = append(out, fmt.Sprintf("%s rejected %d requests (429, 503), which are in no latency: see goodput in %s.", s.Name, rejected, SummaryFile))
		}
		if s.Void != "" {
			out = append(out, fmt.Sprintf("%s is left out: %s.", s.Name, s.Void))
		}
	}
	return out
}

// plotComparison draws TTFT, throughput and hit rate of all arms over the ratios:
// means of the runs with their intervals where there is a comparison, and beside
// the measured hit rates the two that are expected.
func plotComparison(dir string, arms []Summary, c *result.Comparison, level func(float64) string) ([]string, error) {
	ttft := report.Panel{Title: "Time to First Token vs Prefix Ratio", X: ratioAxis, Y: "TTFT (ms)"}
	rate := report.Panel{Title: "Throughput vs Prefix Ratio", X: ratioAxis, Y: "Throughput (tokens/s)"}
	hits := report.Panel{Title: "Cache Hit Rate vs Prefix Ratio", X: ratioAxis, Y: "Cached / Input Tokens"}
	mean := func(s Summary, m metric.Metric, ratio float64, otherwise Number) report.LinePoint {
		p := report.LinePoint{X: ratio, Y: float64(otherwise)}
		if c == nil {
			return p
		}
		if e, ok := c.Mean(Mode(s.Name).Folder(), m.Def().Key, "avg", level(ratio)); ok {
			p.Y, p.Low, p.High = e.Value, e.Low, e.High
		}
		return p
	}
	for i, s := range arms {
		if s.Void != "" {
			continue
		}
		a, b, h := report.Line{Name: s.Name, Look: i}, report.Line{Name: s.Name, Look: i}, report.Line{Name: s.Name, Look: i}
		for _, p := range s.Points {
			a.Points = append(a.Points, mean(s, metric.TTFT, p.Ratio, p.TTFT.Avg))
			b.Points = append(b.Points, mean(s, metric.OutputTokenThroughput, p.Ratio, p.Throughput))
			share := mean(s, metric.CacheHitRatio, p.Ratio, p.HitRate)
			share.High = min(share.High, 1)
			h.Points = append(h.Points, share)
		}
		ttft.Lines, rate.Lines, hits.Lines = append(ttft.Lines, a), append(rate.Lines, b), append(hits.Lines, h)
	}
	hits.Lines = append(hits.Lines, expected(arms)...)
	d := report.Drawing{Width: 18, Height: 6, Panels: []report.Panel{ttft, rate}, Notes: notes(arms)}
	if len(arms) > 0 {
		d.Title = fmt.Sprintf("Concurrency %d", arms[0].Config.Concurrency)
	}
	if known(arms) {
		d.Panels = append(d.Panels, hits)
	}
	if c != nil && len(c.Pairs) > 1 {
		d.Notes = append(d.Notes, fmt.Sprintf("Means of %d interleaved runs of each, bars are 95 %% intervals of the mean; one without an end goes on beyond twice the highest point.", measuredPairs(c)))
	}
	file, err := draw(d, filepath.Join(dir, ComparePlot))
	if errors.Is(err, report.ErrNothing) {
		return nil, nil // every arm is void, or failed, as its checks say
	}
	if err != nil {
		return nil, err
	}
	return []string{file}, nil
}

// known says that some arm told cached tokens.
func known(arms []Summary) bool {
	for _, s := range arms {
		for _, p := range s.Points {
			if p.HitRate.Known() {
				return true
			}
		}
	}
	return false
}

// expected are the hit rates of caches without limit.
func expected(arms []Summary) []report.Line {
	best, spread := report.Line{Name: "expected of affinity", Look: 22, Dotted: true}, report.Line{Name: "expected of spreading", Look: 23, Dotted: true}
	for _, s := range arms {
		if len(s.Points) == 0 {
			continue
		}
		for _, p := range s.Points {
			if p.Oracle == (Shares{}) {
				continue
			}
			best.Points = append(best.Points, report.LinePoint{X: p.Ratio, Y: p.Oracle.Affinity})
			spread.Points = append(spread.Points, report.LinePoint{X: p.Ratio, Y: p.Oracle.Spread})
		}
		break
	}
	return []report.Line{best, spread}
}
