package router

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/dynbench/dynbench/harness/gate"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/internal/atomicfile"
)

// TableFile is the comparison of routers as a table in Markdown.
const TableFile = "router_table.md"

// tableRow is one mode at one ratio.
type tableRow struct {
	arm, engines, ratio string
	void                string
	ttft, itl, hits     result.Estimate // ms, ms, share of the input
	against             string          // TTFT against the first mode
	balance             result.Estimate // coefficient of variation
	added               string
}

// tableRows are the rows, by ratio and then in the order of the modes.
func (p PrefixRatio) tableRows(r *Report, arms []measured) []tableRow {
	var rows []tableRow
	for _, pt := range p.points() {
		for i, s := range r.Arms {
			row := tableRow{arm: s.Name, ratio: fmt.Sprintf("%g", pt.ratio), void: s.Void, engines: p.enginesOf(Mode(s.Name))}
			if pt.control {
				row.ratio = "none"
			}
			for _, has := range s.all() {
				if has.Seed == pt.seed && has.Ratio == pt.ratio {
					r.fill(&row, s.Name, pt.name, *has, p.Workers, arms[i])
				}
			}
			rows = append(rows, row)
		}
	}
	return rows
}

func (p PrefixRatio) enginesOf(m Mode) string {
	switch kind := cmp.Or(m.Place(), p.Bed.EngineKind, "embedded"); kind {
	case "embedded":
		return "simulated"
	default:
		return strings.TrimPrefix(kind, "process:")
	}
}

// fill takes in what was measured.
func (r *Report) fill(row *tableRow, arm, level string, pt Point, workers int, a measured) {
	mean := func(m metric.Metric) result.Estimate {
		e, ok := r.Comparison.Mean(Mode(arm).Folder(), m.Def().Key, "avg", level)
		if !ok {
			return gate.Mean(nil)
		}
		return e
	}
	row.ttft, row.itl = bounded(mean(metric.TTFT), math.Inf(1)), bounded(mean(metric.ITL), math.Inf(1))
	row.hits = bounded(mean(metric.CacheHitRatio), 1)
	if e, ok := r.ratioAt(Mode(arm), metric.TTFT.Def().Key, "avg", level); ok {
		row.against = against(e)
	}
	var cv []float64
	for _, run := range pt.byRun {
		if run.WithID > 0 {
			cv = append(cv, run.Variation(RoleDecode, max(workers, pt.Workers), ByRequests))
		}
	}
	if len(cv) == 0 { // no answer named its worker: as the engines counted, over all ratios
		for _, run := range a.counted {
			if len(run.Decode) > 0 {
				cv = append(cv, run.Variation(RoleDecode, workers, ByRequests))
			}
		}
	}
	row.balance = bounded(gate.Mean(cv), math.Inf(1))
	if known := values(a.added); len(known) > 0 {
		row.added = within(gate.Mean(known), "%.1f")
	} else if own := values(a.overhead); len(own) > 0 {
		row.added = within(gate.Mean(own), "%.1f") + " ¹"
	}
}

// measuredPairs is how many good runs the arm has that has most.
func measuredPairs(c *result.Comparison) int {
	n := 0
	for _, a := range c.Arms {
		n = max(n, a.Good)
	}
	return n
}

// values are the numbers that are there.
func values(all []Number) []float64 {
	var out []float64
	for _, n := range all {
		if n.Known() {
			out = append(out, float64(n))
		}
	}
	return out
}

// bounded is an estimate of what cannot be below 0, nor above the most.
func bounded(e result.Estimate, most float64) result.Estimate {
	if e.Bounded() {
		e.Low, e.High = max(e.Low, 0), min(e.High, most)
	}
	return e
}

// against is a factor with its interval.
func against(e result.Estimate) string {
	const most = 100
	if e.Bounded() && e.High > most {
		return fmt.Sprintf("x%.2f (%.2f to over %d)", e.Value, e.Low, most)
	}
	return "x" + within(e, "%.2f")
}

// within is an estimate with its interval, "-" for none.
func within(e result.Estimate, form string) string {
	if e.N == 0 {
		return "-"
	}
	text := fmt.Sprintf(form, e.Value)
	if e.Bounded() {
		text += " (" + fmt.Sprintf(form, e.Low) + " to " + fmt.Sprintf(form, e.High) + ")"
	}
	return text
}

// Markdown is the comparison of routers as a table, with what must be known to
// read it; "" without a comparison.
func (r *Report) Markdown() string {
	if len(r.table) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("| Router | Engines | Ratio | TTFT, ms | against the first | Hit rate | ITL, ms | Balance | Added, ms |\n|---|---|---|---|---|---|---|---|---|\n")
	own, engines := false, map[string]bool{}
	for _, row := range r.table {
		engines[row.engines] = true
		name, _, _ := strings.Cut(row.arm, "@")
		if row.void != "" {
			fmt.Fprintf(&b, "| %s | %s | %s | not measured as what it is called: %s ||||||\n", name, row.engines, row.ratio, row.void)
			continue
		}
		own = own || strings.HasSuffix(row.added, "¹")
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", name, row.engines, row.ratio, within(row.ttft, "%.1f"), cmp.Or(row.against, "1"),
			within(row.hits, "%.3f"), within(row.itl, "%.2f"), within(row.balance, "%.2f"), cmp.Or(row.added, "-"))
	}
	fmt.Fprintf(&b, "\nMeans over %d pairs with 95 %% intervals. Balance is the coefficient of variation of requests over workers. ", measuredPairs(r.Comparison))
	b.WriteString("Added is the TTFT at the client beyond that which the engines count, over all ratios.")
	if own {
		b.WriteString(" ¹ These engines tell no TTFT: what the router itself says that a choice takes.")
	}
	if len(engines) > 1 {
		b.WriteString(" Not all rows have the same engines: compare hit rate and balance across them, and times only within.")
	}
	b.WriteString("\n")
	return b.String()
}

func (r *Report) writeTable() error {
	path := filepath.Join(r.Dir, TableFile)
	if err := atomicfile.Write(path, []byte(r.Markdown())); err != nil {
		return fmt.Errorf("table of routers: %w", err)
	}
	r.Files = append(r.Files, path)
	return nil
}
