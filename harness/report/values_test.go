package report

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
)

func TestKeysAreStandardMetrics(t *testing.T) {
	for _, key := range []string{keyTTFT, keyITL, keyLatency, keyRequestRate, keyOutputRate, keyUserRate, keyErrorRate, keyOSL, keySteadyRate} {
		_, ok := metric.Standard().Find(key)
		require.True(t, ok, key)
	}
}

func TestTitleCase(t *testing.T) {
	for name, want := range map[string]string{
		"qwen3-0p6b-vllm-agg": "Qwen3-0P6B-Vllm-Agg", "A100x8": "A100X8", "my-test2b": "My-Test2B", "ABC_def": "Abc_Def", "": "",
	} {
		require.Equal(t, want, TitleCase(name))
	}
}

func TestEfficiencyFormulas(t *testing.T) {
	r := &result.Run{Name: "a", Levels: []result.Level{{Name: "c5", Concurrency: 5, Stats: metric.Values{
		keyRequestRate: scalar("requests/sec", 10, 2.5), keyOutputRate: scalar("tokens/sec", 10, 640),
	}}}}
	value := func(v Value) float64 {
		x, ok := v(r, &r.Levels[0])
		require.True(t, ok)
		return x
	}
	require.False(t, allHaveGPUs([]*result.Run{r}))
	require.Equal(t, 500.0, value(oldOutputRate))
	require.Equal(t, 100.0, value(oldUserRate))
	require.Equal(t, 500.0, value(perGPU(oldOutputRate)))
	r.Target.GPUs = 4
	require.True(t, allHaveGPUs([]*result.Run{r}))
	require.Equal(t, 125.0, value(perGPU(oldOutputRate)))
	require.Equal(t, 160.0, value(perGPU(avgOf(keyOutputRate))))
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0.000", 0.0123: "0.012", 1.234: "1.23", 12.34: "12.3", 123.4: "123", 1234.5: "1234", 1e7: "10000000", -12.34: "-12.3",
	} {
		require.Equal(t, want, number(v))
	}
	require.Equal(t, "-", number(math.NaN()))
	require.Equal(t, "-", number(math.Inf(1)))
}

func TestErrorPercentFallsBackToCounts(t *testing.T) {
	l := result.Level{Requests: 200, Errors: 5}
	v, ok := errorPercent(nil, &l)
	require.True(t, ok)
	require.Equal(t, 2.5, v)
	_, ok = errorPercent(nil, &result.Level{})
	require.False(t, ok, "no requests, no rate")
}
