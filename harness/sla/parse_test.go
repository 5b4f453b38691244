package sla_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/sla"
)

func TestParse(t *testing.T) {
	ttft := sla.P99(metric.TTFT)
	for text, want := range map[string]sla.Goal{
		"ttft.p99<=200ms@c50":                      ttft.AtMost(200 * time.Millisecond).At("c50"),
		"time_to_first_token.p99 <= 0.2s":          ttft.AtMost(200 * time.Millisecond),
		"ttft.p99<=200":                            ttft.AtMost(200 * time.Millisecond),
		"ttft.p99<=7us":                            ttft.AtMost(7 * time.Microsecond),
		"itl.p90<=20ms@c10+":                       sla.P90(metric.ITL).AtMost(20 * time.Millisecond).From("c10"),
		"tpot.avg<=20ms":                           sla.Avg(metric.ITL).AtMost(20 * time.Millisecond),
		"e2e.max<=1e3":                             sla.Max(metric.RequestLatency).AtMost(time.Second),
		"icl.min>=.5ms":                            sla.Min(metric.ICL).AtLeast(500 * time.Microsecond),
		"error_rate<=0.01":                         sla.Of(metric.ErrorRate).AtMost(0.01),
		"error_rate.avg<=1%":                       sla.Of(metric.ErrorRate).AtMost(0.01),
		"cache_hit>=40%":                           sla.Of(metric.CacheHitRatio).AtLeast(0.4),
		"osl_mismatch_diff_pct.p50<=5%":            sla.P50(metric.OSLMismatch).AtMost(5),
		"otps>=1000tokens/sec@p0.5-c20":            sla.Of(metric.OutputTokenThroughput).AtLeast(1000).At("p0.5-c20"),
		"benchmark_duration<=90":                   sla.Of(metric.BenchmarkDuration).AtMost(90 * time.Second),
		"output_token_throughput_per_user.p10>=30": sla.P10(metric.TokensPerUser).AtLeast(30),
	} {
		got, err := sla.Parse(text, metric.Standard())
		require.NoError(t, err, text)
		require.Equal(t, want.Text(), got.Text(), text)
		require.Equal(t, want.String(), got.String(), text)
	}
}

func TestParseErrors(t *testing.T) {
	const form = "want METRIC[.STAT]<=VALUE[@LEVEL[+]], as ttft.p99<=200ms@c10+ or cache_hit>=40%"
	for text, want := range map[string]string{
		"":                      form,
		"ttft.p99":              form,
		"ttft.p99<200ms":        form,
		"ttft.p99=200ms":        form,
		"<=200ms":               form,
		"tft.p99<=200ms":        `no metric "tft"`,
		"ttft<=200ms":           "ttft: say which figure of it, one of p1 p5 p10 p25 p50 p75 p90 p95 p99 avg min max",
		"ttft.p98<=200ms":       "say which figure",
		"ttft.<=200ms":          "say which figure",
		"error_rate.p99<=1":     `error_rate has one value a level, no "p99"`,
		"error_rate<=5":         "error_rate is a ratio: write 5% or 0.05",
		"error_rate<=5ms":       `error_rate is in ratio, not in "ms"`,
		"ttft.p99<=5%":          `time_to_first_token is in ms, not in "%"`,
		"rps>=5tokens/sec":      `request_throughput is in requests/sec, not in "tokens/sec"`,
		"ttft.p99<=":            `value "" is not a number`,
		"ttft.p99<=inf":         `value "inf" is not a number`,
		"ttft.p99<=NaN":         `value "NaN" is not a number`,
		"ttft.p99<=1e999":       `value "1e999" is out of range`,
		"ttft.p99<=200ms@":      `level ""`,
		"ttft.p99<=200ms@+":     `level "+"`,
		"ttft.p99<=200ms@c1@c2": `level "c1@c2"`,
		"ttft.p99<=200ms@c 1":   `level "c 1"`,
	} {
		_, err := sla.Parse(text, metric.Standard())
		require.ErrorContains(t, err, want, text)
		require.NotContains(t, err.Error(), "\n")
	}
}

func TestParseList(t *testing.T) {
	goals, err := sla.ParseList(" ttft.p99 <= 200ms@c50,\n itl.p90<=20 error_rate<=1% ", metric.Standard())
	require.NoError(t, err)
	require.Len(t, goals, 3)
	require.Equal(t, "inter_token_latency.p90<=20ms", goals[1].Text())

	goals, err = sla.ParseList(" ,", metric.Standard())
	require.NoError(t, err)
	require.Empty(t, goals)
	_, err = sla.ParseList("error_rate<=1%,ttft.p99<=x", metric.Standard())
	require.ErrorContains(t, err, `goal "ttft.p99<=x"`)
}

func TestGoalTexts(t *testing.T) {
	g := sla.Of(metric.OutputTokenThroughput).AtLeast(1000).At("c1", "c4")
	require.Equal(t, "output_token_throughput >= 1000 tokens/sec", g.String())
	require.Equal(t, "output_token_throughput>=1000@c1 output_token_throughput>=1000@c4", g.Text())
	require.Equal(t, 1, g.Requests())
	require.Equal(t, 299, sla.P99(metric.TTFT).AtMost(1).Requests())
	require.Equal(t, 59, sla.P95(metric.TTFT).AtMost(1).Requests())
	require.Equal(t, 29, sla.P10(metric.TokensPerUser).AtLeast(1).Requests())
	p, ok := sla.P99(metric.TTFT).AtMost(1).Percentile()
	require.True(t, ok)
	require.Equal(t, 99.0, p)
	_, ok = g.Percentile()
	require.False(t, ok)
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"ttft.p99<=200ms@c50", "itl.p90<=20ms@c10+", "error_rate<=1%", "a.b.c>=-1e-9", "<=", "otps>=1tokens/sec@p0.5-c2", "ttft.p1 >= .5us"} {
		f.Add(s)
	}
	set := metric.Standard()
	f.Fuzz(func(t *testing.T, s string) {
		g, err := sla.Parse(s, set)
		if err != nil {
			return
		}
		again, err := sla.Parse(g.Text(), set)
		if err != nil || again.Text() != g.Text() || again.String() != g.String() {
			t.Errorf("%q -> %q -> %q, %v", s, g.Text(), again.Text(), err)
		}
	})
}
