package result

import (
	"bytes"
	"encoding/csv"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dynbench/dynbench/harness/metric"
)

var csvStats = []string{"avg", "min", "max", "sum", "p1", "p5", "p10", "p25", "p50", "p75", "p90", "p95", "p99", "std"}

// exportCSV is profile_export_aiperf.csv as AIPerf writes it: metrics with
// percentiles, an empty line, metrics of one value; sorted by key, two
// decimals, CRLF. Values below 0.005 vanish there: results.csv has them whole.
func exportCSV(run *Run, l *Level) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	var dists, scalars []string
	for _, key := range slices.Sorted(maps.Keys(l.Stats)) {
		if len(l.Stats[key].P) > 0 {
			dists = append(dists, key)
			continue
		}
		scalars = append(scalars, key)
	}
	// Writes into a bytes.Buffer do not fail.
	_ = w.Write(append([]string{"Metric"}, csvStats...))
	for _, key := range dists {
		_ = w.Write(append([]string{csvTitle(run, key, l.Stats[key].Unit)}, csvCells(l.Stats[key])...))
	}
	w.Flush()
	b.WriteString("\r\n")
	_ = w.Write([]string{"Metric", "Value"})
	for _, key := range scalars {
		_ = w.Write([]string{csvTitle(run, key, l.Stats[key].Unit), csvNumber(l.Stats[key].Avg)})
	}
	w.Flush()
	return b.Bytes()
}

func csvCells(s metric.Stats) []string {
	cells := make([]string, len(csvStats))
	for i, stat := range csvStats {
		if v, ok := statOf(s, stat); ok {
			cells[i] = csvNumber(v)
		}
	}
	return cells
}

func csvNumber(v float64) string {
	if finite(v) == nil {
		return ""
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// csvTitle is the metric's title with its unit, but for counts.
func csvTitle(run *Run, key, unit string) string {
	title := run.title(key)
	if unit == "" || unit == "count" || unit == "requests" {
		return title
	}
	return title + " (" + unit + ")"
}

// title is the metric's own, or made of its key for one that is not known.
func (r *Run) title(key string) string {
	if d, ok := r.def(key); ok && d.Title != "" {
		return d.Title
	}
	words := strings.Split(key, "_")
	for i, w := range words {
		if w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, " ")
}

// def finds a metric in the run's set, or in the standard one.
func (r *Run) def(key string) (metric.Def, bool) {
	for _, set := range []metric.Set{r.Set, metric.Standard()} {
		if m, ok := set.Find(key); ok {
			return m.Def(), true
		}
	}
	return metric.Def{}, false
}

// statOf returns one figure by its name in files.
func statOf(s metric.Stats, name string) (float64, bool) {
	switch name {
	case "avg":
		return s.Avg, true
	case "min":
		return s.Min, true
	case "max":
		return s.Max, true
	case "sum":
		return s.Sum, true
	case "std":
		return s.Std, true
	case "count":
		return float64(s.Count), true
	}
	p, err := strconv.ParseFloat(strings.TrimPrefix(name, "p"), 64)
	if err != nil {
		return 0, false
	}
	q, ok := s.Quantile(p)
	return q.Value, ok
}
