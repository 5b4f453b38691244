package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/result"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// summarized are two runs with everything that a summary can tell of.
func summarized() []*result.Run {
	agg := synthetic("agg", 1, 1, 5, 50, 100)
	agg.Load.Levels = append(agg.Load.Levels, 250, 500)
	agg.Target.GPUs, agg.Target.Speedup = 4, 10
	agg.Tokenizer, agg.TokenSource = "approx", "usage"
	agg.Warnings = []string{"the target's caches could not be reset"}
	fail(&agg.Levels[2], result.LevelDegraded, 2)
	fail(&agg.Levels[3], result.LevelFailed, 120)
	agg.Levels[3].Reason = "40.0 % of the requests failed"
	agg.Levels[3].EffectiveConcurrency = 61.5
	agg.Levels[1].ClientLimited = true
	agg.Levels[1].Detail.Client = result.ClientLoad{CPUBusy: 0.97, P99SendLag: 3.2}
	agg.Levels[0].Detail.RepeatShare, agg.Levels[0].Window.Warmup = 0.48, 0
	agg.Levels[2].Stats[keySteadyRate] = scalar("requests/sec", 150, 12.5)
	agg.Levels = append(agg.Levels, result.Level{Name: "c250", Concurrency: 250, State: result.LevelSkipped, Reason: "two levels failed"})
	agg.Assertions.Rows = []result.Row{
		{Goal: "P99 time_to_first_token <= 400ms", Metric: keyTTFT, Stat: "p99", Level: "c50", Op: "<=", Limit: 400, Value: 155, Low: 120, High: math.Inf(1), Unit: "ms", N: 150, Status: result.Pass, Note: "decided by the point estimate"},
		{Goal: "P90 inter_token_latency <= 20ms", Metric: keyITL, Stat: "p90", Level: "c250", Op: "<=", Limit: 20, Value: math.NaN(), Low: math.NaN(), High: math.NaN(), Unit: "ms", Status: result.NoData},
	}
	return []*result.Run{synthetic("disagg", 1.7, 1, 5), agg}
}

func TestSummaryText(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, Summarize("out/plots", []string{original()[0].File, original()[4].File}, summarized(), Options{}).WriteText(&b))
	golden := filepath.Join("testdata", "SUMMARY.txt")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(golden, b.Bytes(), 0o644))
	}
	require.Equal(t, string(read(t, golden)), b.String())
}

// TestSummaryBeginsWithTheOriginalBlock checks the block by the original's
// sample, which readers of old summaries parse.
func TestSummaryBeginsWithTheOriginalBlock(t *testing.T) {
	var b strings.Builder
	s := Summarize("out/plots", []string{"p50_inter_token_latency_vs_concurrency.png"}, []*result.Run{synthetic("agg", 1, 1, 2, 8)}, Options{})
	require.NoError(t, s.WriteText(&b))
	require.True(t, strings.HasPrefix(b.String(), `Benchmark Results Summary
==============================

Results directory: out
Plots generated: out/plots

Deployment Types Found:
  agg: 3 concurrency levels (1-8)

Generated Plots:
  - p50_inter_token_latency_vs_concurrency.png
`), b.String())
	require.True(t, strings.HasSuffix(b.String(), "\n"))
}

func TestSummaryJSONMatchesItsSchema(t *testing.T) {
	f, err := result.Schemas().Open("summary.schema.json")
	require.NoError(t, err)
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("summary.schema.json", doc))
	schema, err := c.Compile("summary.schema.json")
	require.NoError(t, err)

	dead := synthetic("dead", 1, 1)
	dead.Levels[0].Stats = nil
	files, err := WriteSummary(t.TempDir(), append(summarized(), dead, synthetic("empty", 1)), Options{})
	require.NoError(t, err)
	require.Len(t, files, 2)
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(read(t, files[1])))
	require.NoError(t, err)
	require.NoError(t, schema.Validate(v))
	require.Contains(t, string(read(t, files[0])), "  (none)\n", "no plots were drawn")
}

func TestSummaryValues(t *testing.T) {
	b := Summarize("p", nil, summarized(), Options{ResultsDir: "r"}).Benchmarks
	require.Equal(t, "agg", b[0].Name, "sorted by name")
	agg := b[0]
	require.Equal(t, []string{"c1", "c5", "c50", "c100"}, agg.Levels)
	require.Equal(t, "c50", agg.MaxThroughput.Level, "a failed level is no maximum")
	require.Equal(t, []string{"c100"}, agg.Failed)
	require.Equal(t, []string{"c50"}, agg.Degraded)
	require.Equal(t, []string{"c250", "c500"}, agg.Missing)
	require.Equal(t, 122, agg.Errors)
	require.Equal(t, 4, *agg.GPUs)
	require.Nil(t, b[1].GPUs)
	require.InDelta(t, 0, *agg.OSLDeviation, 1e-9)
	require.Equal(t, []At{{12.5, "c50"}}, agg.Steady)
	require.Equal(t, "no_data", agg.Verdict)
	require.Equal(t, "none", b[1].Verdict)
	require.Contains(t, agg.Warnings[0], "c5: client_limited", "client_limited comes first")

	js, err := json.Marshal(agg)
	require.NoError(t, err, "infinite bounds must not reach JSON")
	require.NotContains(t, string(js), "null,\"unit\"")
}

func TestTableWidth(t *testing.T) {
	r := synthetic("a", 0.1, 1, 250, 1000)
	r.Levels[2].Repeat = 1
	var b strings.Builder
	require.NoError(t, Table(&b, []*result.Run{r}))
	for line := range strings.Lines(b.String()) {
		require.LessOrEqual(t, len(strings.TrimRight(line, "\n")), 105, line)
	}
	require.Contains(t, b.String(), "c1000 #2")
	require.Contains(t, b.String(), "~")
}

func TestPageEscapesWhatServersWrote(t *testing.T) {
	runs := summarized()
	runs[1].Levels[2].Failures[0].Message = "<script>alert(1)</script>"
	dir := t.TempDir()
	files, err := WriteSummary(dir, runs, Options{HTML: true})
	require.NoError(t, err)
	require.Equal(t, filepath.Join(dir, Page), files[2])
	page := string(read(t, files[2]))
	require.NotContains(t, page, "<script>")
	require.Contains(t, page, "&lt;script&gt;alert(1)")
	require.Contains(t, page, "<td>c100</td><td>300</td><td>120</td>")
	require.Equal(t, 2, strings.Count(page, "<table>"))
}
