package metric_test

import (
	"bytes"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
)

var update = flag.Bool("update", false, "rewrite docs/metrics.md")

const reference = "../../docs/metrics.md"

const preamble = `# Metrics

Each metric has one value a successful request, a gap between content events, or
a level of load. Failed requests never enter latencies; they are counted, and in
goals they count as exceeding. Keys are AIPerf's where it has the metric; units
are those of files. Percentiles are linear between order statistics at rank
p(n-1), with an exact 95 % interval; the deviation is that of the population.

`

// TestReferenceIsCurrent compares docs/metrics.md with the definitions; run it
// with -update after changing one.
func TestReferenceIsCurrent(t *testing.T) {
	var want bytes.Buffer
	want.WriteString(preamble)
	require.NoError(t, metric.Markdown(&want, metric.Standard()))
	if *update {
		require.NoError(t, os.MkdirAll("../../docs", 0o755))
		require.NoError(t, os.WriteFile(reference, want.Bytes(), 0o644))
	}
	got, err := os.ReadFile(reference)
	require.NoError(t, err)
	require.Equal(t, want.String(), string(got), "run: go test ./harness/metric -run Reference -update")
}

func TestStandardIsValid(t *testing.T) {
	set := metric.Standard()
	require.NoError(t, set.Validate())
	for _, d := range set.Defs() {
		require.NotEmpty(t, d.Title, d.Key)
		require.NotEmpty(t, d.Unit, d.Key)
		require.NotEmpty(t, d.Doc, d.Key)
	}
}

func TestValidateNamesEachFault(t *testing.T) {
	none := func(*record.Record) (time.Duration, bool) { return 0, false }
	err := metric.Set{}.With(
		metric.PerRequest(metric.Def{Title: "no key"}, none),
		metric.PerRequest(metric.Def{Key: "a", Alias: "x"}, none),
		metric.PerRequest(metric.Def{Key: "b", Alias: "x", Unit: "hours"}, none),
	).Validate()
	require.ErrorContains(t, err, `"no key" has no key`)
	require.ErrorContains(t, err, `metric b: durations are in ns, us, ms or sec, not "hours"`)
	require.ErrorContains(t, err, `metric b: the name "x" is a's already`)
}

func TestSetIsAValue(t *testing.T) {
	one := metric.Standard()
	n := len(one.Defs())
	mine := metric.PerGap(metric.Def{Key: "time_to_first_token", Doc: "mine"})
	two := one.With(mine, metric.PerGap(metric.Def{Key: "more"}))
	require.Len(t, one.Defs(), n)
	require.Len(t, two.Defs(), n+1)
	m, ok := two.Find("time_to_first_token")
	require.True(t, ok)
	require.Equal(t, "mine", m.Def().Doc)
	for name, key := range map[string]string{"ttft": "time_to_first_token", "tpot": "inter_token_latency", "error_rate": "error_rate"} {
		m, ok := one.Find(name)
		require.True(t, ok, name)
		require.Equal(t, key, m.Def().Key)
	}
	_, ok = one.Find("")
	require.False(t, ok)
}

func TestValuesOfOneRecord(t *testing.T) {
	r := stream(20, 4, 0, 100, 120, 150, 190)
	got := map[string]float64{}
	for d, v := range metric.Standard().Values(&r) {
		got[d.Key] = v
	}
	require.Equal(t, 100.0, got["time_to_first_token"])
	require.Equal(t, 4.0, got["output_sequence_length"])
	require.NotContains(t, got, "request_throughput")
	r.Outcome = record.Timeout
	for d := range metric.Standard().Values(&r) {
		t.Errorf("a failed request has %s", d.Key)
	}
}
