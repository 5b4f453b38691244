package result

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/metric"
)

func TestCSVNumbersAreAIPerfs(t *testing.T) {
	for v, want := range map[float64]string{12.345: "12.35", 2.675: "2.67", 6: "6.00", 1234567.891: "1234567.89", 0.004: "0.00"} {
		require.Equal(t, want, csvNumber(v))
	}
}

func TestCSVIsAIPerfsToTheByte(t *testing.T) {
	ttft := metric.Stats{Unit: "ms", Avg: 33.046, Min: 31.89, Max: 35.30, Sum: 198.28, Std: 1.4}
	for i, v := range []float64{31.89, 31.91, 31.93, 31.99, 32.20, 34.12, 35.01, 35.15, 35.27} {
		ttft.P = append(ttft.P, metric.Quantile{P: metric.Points()[i], Value: v})
	}
	own := metric.OfLevel(metric.Def{Key: "good_request_fraction", Title: "GoodRequestFraction", Unit: "ratio"},
		func(*metric.Totals, metric.Facts) (metric.Ratio, bool) { return 1, true })
	run := &Run{Set: metric.Set{}.With(own)}
	l := &Level{Stats: metric.Values{
		"time_to_first_token":   ttft,
		"request_count":         {Unit: "requests", Avg: 6},
		"good_request_fraction": {Unit: "ratio", Avg: 1},
	}}
	want := []string{
		"Metric,avg,min,max,sum,p1,p5,p10,p25,p50,p75,p90,p95,p99,std",
		"Time to First Token (ms),33.05,31.89,35.30,198.28,31.89,31.91,31.93,31.99,32.20,34.12,35.01,35.15,35.27,1.40",
		"",
		"Metric,Value",
		"GoodRequestFraction (ratio),1.00",
		"Request Count,6.00",
		"",
	}
	require.Equal(t, strings.Join(want, "\r\n"), string(exportCSV(run, l)))
}

func TestTitlesOfUnknownMetrics(t *testing.T) {
	require.Equal(t, "My Own Metric", (&Run{}).title("my_own_metric"))
	require.Equal(t, "", (&Run{}).title(""))
	require.Equal(t, "A  B", (&Run{}).title("a__b"))
}

func TestBenchNames(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"kv-routing", "BenchmarkKvRouting/conc=4"}, {"9lives", "Benchmark9lives/conc=4"}, {"a b/c", "BenchmarkABC/conc=4"}, {"", "Benchmark/conc=4"},
	} {
		require.Equal(t, c.want, benchName(&Run{Name: c.name}, &Level{Concurrency: 4}))
	}
	l := &Level{Axes: map[string]float64{"rate": 2.5, "concurrency": 4, "prefix_ratio": 0.5}, Concurrency: 4}
	require.Equal(t, "BenchmarkX/isl=10/prefix_ratio=0.5/rate=2.5/conc=4", benchName(&Run{Name: "x", Workload: WorkloadInfo{ISL: 10}}, l))
}
