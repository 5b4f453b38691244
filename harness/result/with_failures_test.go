package result

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
)

// levelOf has requests of the given TTFT in ms, and failed ones.
func levelOf(t *testing.T, failed int, ttft ...int64) *Level {
	g := NewGather(metric.Standard())
	for _, v := range ttft {
		at := 1 + v*1e6
		require.NoError(t, g.Put(record.Record{Sent: 1, FirstToken: at, Last: at, End: at, Events: 1}))
	}
	for range failed {
		require.NoError(t, g.Put(record.Record{Sent: 1, End: 2, Outcome: record.Truncated}))
	}
	l := &Level{}
	g.Fill(l, metric.Facts{})
	return l
}

func TestFailuresAreInfinite(t *testing.T) {
	inf := orInfinite(math.Inf(1))
	var hundred []int64
	for i := range int64(98) {
		hundred = append(hundred, i+1)
	}
	for name, tc := range map[string]struct {
		l    *Level
		want withFailures
	}{
		"one of five":     {levelOf(t, 1, 100, 200, 300, 400), withFailures{"p50": 300, "p75": 400, "p90": inf}},
		"two of hundred":  {levelOf(t, 2, hundred...), withFailures{"p50": 50.5, "p95": 95.05, "p99": inf}},
		"none":            {levelOf(t, 0, 100, 200), withFailures{"p50": 150, "p99": 199}},
		"all":             {levelOf(t, 3), withFailures{"p1": inf, "p50": inf, "p99": inf}},
		"nothing was run": {levelOf(t, 0), nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := failuresAsInfinite(tc.l)
			for p, want := range tc.want {
				require.InDelta(t, float64(want), float64(got["time_to_first_token"][p]), 1e-9, p)
			}
			require.Equal(t, tc.want == nil, len(got) == 0)

			text, err := json.Marshal(got)
			require.NoError(t, err)
			var back map[string]withFailures
			require.NoError(t, json.Unmarshal(text, &back))
			require.Equal(t, got, back)
			read := &Level{withFailures: back}
			require.Equal(t, back, failuresAsInfinite(read))
		})
	}
	require.Error(t, json.Unmarshal([]byte(`"-inf"`), new(orInfinite)))
}
