package result

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// benchColumns are the figures of bench.txt, durations in ns because benchstat
// rescales no other unit of time rightly.
var benchColumns = []struct{ metric, stat, unit, better string }{
	{"time_to_first_token", "p50", "ttft-p50-ns", "lower"},
	{"time_to_first_token", "p99", "ttft-p99-ns", "lower"},
	{"inter_token_latency", "p50", "itl-p50-ns", "lower"},
	{"inter_token_latency", "p99", "itl-p99-ns", "lower"},
	{"request_latency", "p50", "latency-p50-ns", "lower"},
	{"request_latency", "p99", "latency-p99-ns", "lower"},
	{"request_throughput", "avg", "req/s", "higher"},
	{"output_token_throughput", "avg", "out-tok/s", "higher"},
	{"error_rate", "avg", "error-ratio", "lower"},
}

// benchText is bench.txt, for benchstat: one line a level.
func benchText(run *Run) []byte {
	var b bytes.Buffer
	for _, kv := range [][2]string{
		{"goos", run.Machine.OS}, {"goarch", run.Machine.Arch}, {"cpu", run.Machine.CPUModel},
		{"dynbench-run", run.RunID}, {"dynbench-model", run.Target.Model},
		{"dynbench-engine", run.Target.Engine}, {"dynbench-fingerprint", run.Fingerprint},
	} {
		if v := strings.Join(strings.Fields(kv[1]), " "); v != "" {
			fmt.Fprintf(&b, "%s: %s\n", kv[0], v)
		}
	}
	for _, c := range benchColumns {
		fmt.Fprintf(&b, "Unit %s better=%s\n", c.unit, c.better)
	}
	for i := range run.Levels {
		if line := benchLine(run, &run.Levels[i]); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.Bytes()
}

// benchLine is empty for a level without figures.
func benchLine(run *Run, l *Level) string {
	var cells []string
	for _, c := range benchColumns {
		s, ok := l.Stats[c.metric]
		if !ok {
			continue
		}
		v, ok := statOf(s, c.stat)
		if !ok || finite(v) == nil {
			continue
		}
		if strings.HasSuffix(c.unit, "-ns") {
			v = math.Round(v * unitScale(s.Unit, "ns"))
		}
		cells = append(cells, strconv.FormatFloat(v, 'f', -1, 64)+" "+c.unit)
	}
	if len(cells) == 0 {
		return ""
	}
	return benchName(run, l) + " 1 " + strings.Join(cells, " ")
}

func benchName(run *Run, l *Level) string {
	name := "Benchmark" + camel(run.Name)
	if run.Workload.ISL > 0 {
		name += fmt.Sprintf("/isl=%g", run.Workload.ISL)
	}
	if run.Workload.OSL > 0 {
		name += fmt.Sprintf("/osl=%g", run.Workload.OSL)
	}
	for _, axis := range slices.Sorted(maps.Keys(l.Axes)) {
		if axis != "concurrency" {
			name += fmt.Sprintf("/%s=%g", axis, l.Axes[axis])
		}
	}
	if l.Concurrency > 0 {
		name += fmt.Sprintf("/conc=%d", l.Concurrency)
	}
	return name
}

// camel makes a benchmark's name one that Go's benchmark format takes.
func camel(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, w := range words {
		r := []rune(w)
		words[i] = string(unicode.ToUpper(r[0])) + string(r[1:])
	}
	return strings.Join(words, "")
}

var nsPer = map[string]float64{"ns": 1, "us": 1e3, "ms": 1e6, "sec": 1e9, "s": 1e9, "seconds": 1e9}

// unitScale is what a value in the unit from is multiplied by to be in the unit
// to; 1 where either is no unit of time.
func unitScale(from, to string) float64 {
	f, t := nsPer[from], nsPer[to]
	if f == 0 || t == 0 {
		return 1
	}
	return f / t
}
