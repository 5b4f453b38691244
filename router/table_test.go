package router

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/gate"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
)

func TestMarkdown(t *testing.T) {
	require.Empty(t, (&Report{}).Markdown())
	row := func(arm, engines string) tableRow {
		return tableRow{
			arm: arm, engines: engines, ratio: "0.9", ttft: gate.Mean([]float64{90, 110}), itl: gate.Mean([]float64{19}),
			hits: gate.Mean(nil), balance: gate.Mean([]float64{0.1, 0.1}), added: "7.0",
		}
	}
	r := &Report{Comparison: &result.Comparison{Arms: []result.ComparisonArm{{Good: 2}}}, table: []tableRow{row("reference:kv", "simulated"), row("sglang-router", "simulated")}}
	r.table[1].against = "x0.50"
	text := r.Markdown()
	require.Contains(t, text, "| reference:kv | simulated | 0.9 | 100.0 (-27.1 to 227.1) | 1 | - | 19.00 | 0.10 (0.10 to 0.10) | 7.0 |\n")
	require.Contains(t, text, "| x0.50 |")
	require.NotContains(t, text, "same engines")
	require.Contains(t, text, "Means over 2 pairs")

	r.table = append(r.table, row("dynamo:kv@process:mocker", "mocker"))
	r.table[2].added = "0.7 ¹"
	r.table[0].void = "it fell back"
	text = r.Markdown()
	require.Contains(t, text, "| dynamo:kv | mocker |")
	require.Contains(t, text, "| reference:kv | simulated | 0.9 | not measured as what it is called: it fell back ||||||\n")
	require.Contains(t, text, "¹ These engines tell no TTFT")
	require.Contains(t, text, "Not all rows have the same engines")
}

func TestAdded(t *testing.T) {
	at := func(sum float64, count int) series {
		s, err := scrape(t.Context(), []string{exposes(t, fmt.Sprintf(`# TYPE vllm:time_to_first_token_seconds histogram
vllm:time_to_first_token_seconds_bucket{le="+Inf"} %d
vllm:time_to_first_token_seconds_sum %g
vllm:time_to_first_token_seconds_count %d
`, count, sum, count))})
		require.NoError(t, err)
		return s
	}
	key := metric.TTFT.Def().Key
	run := &result.Run{Levels: []result.Level{
		{Stats: map[string]metric.Stats{key: {Avg: 60, Count: 1}}}, {Stats: map[string]metric.Stats{key: {Avg: 40, Count: 3}}},
	}}
	before, after := map[string]series{"a": at(9, 5), "b": at(0, 0)}, map[string]series{"a": at(9.06, 7), "b": at(0.1, 2)}
	require.InDelta(t, 5, float64(added(run, before, after)), 1e-9) // 45 at the client, 40 at the engines
	require.False(t, added(run, after, after).Known())
	require.False(t, added(&result.Run{}, before, after).Known())
	require.False(t, added(run, nil, nil).Known())
}

func TestEnginesThatLoadAModelStayUp(t *testing.T) {
	for kind, keep := range map[string]bool{"": false, "embedded": false, "process:mocker": false, "process:dynamo-vllm": true, "process:vllm:--x 1": true} {
		p := PrefixRatio{}
		p.Bed.EngineKind = kind
		require.Equal(t, keep, p.keeps("kv"), kind)
		p.Restart = true
		require.False(t, p.keeps("kv"), kind)
	}
	require.True(t, PrefixRatio{}.keeps("dynamo:kv@process:dynamo-vllm"))
}
