package metric_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
)

const ms = int64(time.Millisecond)

// stream is a successful request sent at 1 s whose content came at the given
// offsets in ms, the last one ending it.
func stream(input, output, reasoning int, at ...int64) record.Record {
	sent := int64(time.Second)
	r := record.Record{
		Intended: sent - 2*ms, Sent: sent, Written: sent + ms, Events: len(at),
		Input: input, Output: output, Reasoning: reasoning, InputSource: record.Usage, OutputSource: record.Usage,
	}
	for i, t := range at {
		now := sent + t*ms
		if i == 0 {
			r.FirstToken, r.FirstOutput = now, now
		} else {
			r.Gaps.Add(now - r.Last)
		}
		if i == 1 {
			r.SecondToken = now
		}
		r.Last, r.End = now, now+5*ms
	}
	return r
}

func statsOf(t *testing.T, f metric.Facts, records ...record.Record) metric.Values {
	t.Helper()
	acc := metric.Standard().Begin()
	for _, r := range records {
		require.NoError(t, acc.Put(r))
	}
	return acc.Stats(f)
}

func TestRequestMetrics(t *testing.T) {
	reasoning := stream(20, 2, 2, 100, 120, 150, 190)
	reasoning.FirstOutput = reasoning.Sent + 150*ms
	told := stream(10, 5, 0, 100, 140, 180)
	told.FirstTokens = 3
	told.TokenGaps.AddN(40*ms, 1)
	told.TokenGaps.AddN(20*ms, 2)
	told.ReceiveDelay, told.ReceiveDelayMax = ms/4, 2*ms
	absent := math.NaN()
	for _, c := range []struct {
		name string
		r    record.Record
		want map[string]float64
	}{
		{"stream of four", stream(20, 4, 0, 100, 120, 150, 190), map[string]float64{
			"time_to_first_token": 100, "time_to_second_token": 20, "time_to_first_output_token": 100, "request_latency": 190,
			"decode_duration": 90, "inter_token_latency": 30, "inter_chunk_latency": 30, "output_token_throughput_per_user": 33.333333,
			"e2e_output_token_throughput": 21.052632, "prefill_throughput_per_user": 200,
			"send_lag": 2, "http_req_sending": 1, "http_req_connection_overhead": 0, "intended_latency": 192, "intended_ttft": 102,
			"input_sequence_length": 20, "output_sequence_length": 4, "output_token_count": 4,
			"reasoning_token_count": absent, "prompt_cached_tokens": absent, "osl_mismatch_diff_pct": absent,
		}},
		{"reasoning first", reasoning, map[string]float64{
			"time_to_first_token": 100, "time_to_first_output_token": 150, "output_sequence_length": 4, "inter_token_latency": 30,
			"output_token_count": 2, "reasoning_token_count": 2,
		}},
		{"all in one event", stream(10, 5, 0, 250), map[string]float64{
			"time_to_first_token": 250, "request_latency": 250, "inter_token_latency": absent, "output_token_throughput_per_user": absent,
			"time_to_second_token": absent, "inter_chunk_latency": absent, "e2e_output_token_throughput": 20, "prefill_throughput_per_user": 40,
			"itl_undefined": 1, "inter_token_gap": absent, "receive_delay": absent, "receive_delay_max": absent,
		}},
		{"first event of three tokens", stream(10, 5, 0, 100, 140, 180), map[string]float64{
			"inter_token_latency": 20, "output_token_throughput_per_user": 50, "itl_undefined": 0,
		}},
		{"first event of three tokens, as the server told", told, map[string]float64{
			"inter_token_latency": 40, "output_token_throughput_per_user": 25, "inter_token_gap": 80.0 / 3, "inter_chunk_latency": 40,
			"receive_delay": 0.25, "receive_delay_max": 2,
		}},
		{"three events in one read", stream(10, 3, 0, 100, 100, 100), map[string]float64{
			"inter_token_latency": absent, "output_token_throughput_per_user": absent, "time_to_second_token": 0, "inter_chunk_latency": 0,
			"itl_undefined": 1,
		}},
		{"one token", stream(10, 1, 0, 80), map[string]float64{
			"inter_token_latency": absent, "e2e_output_token_throughput": 12.5, "prefill_throughput_per_user": 125, "itl_undefined": 0,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := statsOf(t, metric.Facts{}, c.r)
			for key, want := range c.want {
				s, ok := got[key]
				if math.IsNaN(want) {
					require.False(t, ok, "%s: %v", key, s)
					continue
				}
				require.True(t, ok, key)
				require.InDelta(t, want, s.Avg, 1e-6, key)
			}
		})
	}
}

func TestGapsOfOneStream(t *testing.T) {
	icl := statsOf(t, metric.Facts{}, stream(20, 4, 0, 100, 120, 150, 190))["inter_chunk_latency"]
	require.Equal(t, 3, icl.Count)
	require.Equal(t, []float64{20, 40, 90, 30}, []float64{icl.Min, icl.Max, icl.Sum, icl.Avg})
	q, ok := icl.Quantile(50)
	require.True(t, ok)
	require.InEpsilon(t, 30, q.Value, 0.004)
	require.Equal(t, metric.Histogram, icl.Method)
}

func TestRatesAreOverThePhaseWindow(t *testing.T) {
	var records []record.Record
	for range 6 {
		records = append(records, stream(20, 8, 0, 50, 60))
	}
	start := int64(time.Second)
	f := metric.Facts{Window: record.Window{Start: start, End: start + 360_381_573}, GPUs: 2}
	got := statsOf(t, f, records...)
	for key, want := range map[string]float64{
		"request_throughput": 16.649020, "output_token_throughput": 133.192160, "input_token_throughput": 332.980399,
		"total_token_throughput": 466.172559, "output_token_throughput_per_gpu": 66.596080, "total_osl": 48, "total_isl": 120,
		"benchmark_duration": 0.06, "effective_concurrency": 6 * 0.065 / 0.360381573, "request_count": 6, "error_request_count": 0, "error_rate": 0,
	} {
		require.InDelta(t, want, got[key].Avg, 1e-5, key)
	}
	require.NotContains(t, got, "goodput")
	require.NotContains(t, statsOf(t, metric.Facts{Window: f.Window}, records...), "output_token_throughput_per_gpu")
}

func TestGoodput(t *testing.T) {
	set := metric.Standard()
	acc := set.Begin(metric.Within(metric.TTFT, 200*time.Millisecond), metric.Within(metric.ITL, 20*time.Millisecond))
	for _, r := range []record.Record{
		stream(1, 2, 0, 150, 160), stream(1, 2, 0, 200, 220), stream(1, 2, 0, 201, 211), stream(1, 2, 0, 100, 125), stream(1, 1, 0, 100),
		{Outcome: record.HTTPError, Sent: 1, End: 2}, {Outcome: record.Cancelled, Sent: 1, End: 2},
	} {
		require.NoError(t, acc.Put(r))
	}
	got := acc.Stats(metric.Facts{Window: record.Window{Start: 1, End: 1 + 4*int64(time.Second)}})
	require.Equal(t, 2.0, got["good_request_count"].Avg)
	require.Equal(t, 0.5, got["goodput"].Avg)
	require.InDelta(t, 2.0/6, got["good_request_fraction"].Avg, 1e-12)
	require.InDelta(t, 1.0/6, got["error_rate"].Avg, 1e-12)
	require.Equal(t, 1, acc.Totals().Cancelled)
}

func TestGoodputHonoursTheDirection(t *testing.T) {
	acc := metric.Standard().Begin(metric.Within(metric.TokensPerUser, 50))
	require.NoError(t, acc.Put(stream(1, 5, 0, 100, 180))) // 50 tokens/sec
	require.NoError(t, acc.Put(stream(1, 5, 0, 100, 181)))
	require.Equal(t, 1, acc.Totals().Good)
}

func TestLimitInTheUnit(t *testing.T) {
	l, ok := metric.WithinUnit(metric.TTFT, 200)
	require.True(t, ok)
	require.Equal(t, 200.0, l.Value())
	acc := metric.Standard().Begin(l)
	require.NoError(t, acc.Put(stream(1, 1, 0, 200)))
	require.NoError(t, acc.Put(stream(1, 1, 0, 201)))
	require.Equal(t, 1, acc.Totals().Good)
	for _, m := range []metric.Metric{metric.ICL, metric.ErrorRate} {
		_, ok := metric.WithinUnit(m, 1)
		require.False(t, ok)
	}
}

func TestCacheAndReasoning(t *testing.T) {
	known := stream(100, 10, 20, 50, 60)
	known.HasCached, known.Cached = true, 64
	all := stream(100, 1, 0, 50)
	all.HasCached, all.Cached = true, 95
	got := statsOf(t, metric.Facts{}, known, all, stream(1000, 1, 0, 50))
	require.InDelta(t, 159.0/200, got["cache_hit_ratio"].Avg, 1e-12)
	require.Equal(t, 2, got["prompt_cached_tokens"].Count)
	require.Equal(t, 20.0, got["reasoning_token_count"].Max)
	require.NotContains(t, statsOf(t, metric.Facts{}, stream(1000, 1, 0, 50)), "cache_hit_ratio")
}

func TestOSLMismatch(t *testing.T) {
	for _, c := range []struct {
		wanted, got int
		diff        float64
		counted     float64
	}{
		{256, 243, -5.078125, 1}, {2000, 1950, -2.5, 0}, {2000, 1949, -2.55, 1}, {256, 256, 0, 0}, {100, 106, 6, 1},
	} {
		r := stream(1, c.got, 0, 10, 20)
		r.Wanted = c.wanted
		got := statsOf(t, metric.Facts{}, r)
		require.InDelta(t, c.diff, got["osl_mismatch_diff_pct"].Avg, 1e-9)
		require.InDelta(t, c.diff/100, got["osl_deviation"].Avg, 1e-9)
		require.Equal(t, c.counted, got["osl_mismatch_count"].Avg, "%d of %d", c.got, c.wanted)
	}
}

func TestSteadyWindow(t *testing.T) {
	s := int64(time.Second)
	inside, straddling, after := stream(1, 10, 0, 0, 900), stream(1, 10, 0, 500, 1500), stream(1, 10, 0, 2000, 2100)
	w := record.Window{Start: s, End: 4 * s, SteadyStart: s, SteadyEnd: 2 * s}
	got := statsOf(t, metric.Facts{Window: w}, inside, straddling, after)
	// All of the first, two thirds of the second, and of the third, which ends
	// 2.1 s after its send, the first second. End is a little after Last.
	require.InDelta(t, 1+1/1.5+1/2.1, got["steady_request_throughput"].Avg, 0.01)
	require.InDelta(t, 15, got["steady_output_token_throughput"].Avg, 1e-9)
	require.NotContains(t, statsOf(t, metric.Facts{Window: record.Window{Start: s, End: 4 * s}}, inside), "steady_request_throughput")
}

func TestFailuresAndWarmupStayOut(t *testing.T) {
	failed := stream(1, 2, 0, 9000, 9001)
	failed.Outcome = record.Truncated
	warm := stream(1, 2, 0, 9000, 9001)
	warm.Phase = record.Warmup
	got := statsOf(t, metric.Facts{}, stream(1, 2, 0, 100, 101), failed, warm)
	require.Equal(t, 1, got["time_to_first_token"].Count)
	require.Equal(t, 100.0, got["time_to_first_token"].Max)
	require.Equal(t, 1, got["inter_chunk_latency"].Count)
	require.Equal(t, 0.5, got["error_rate"].Avg)
	require.Equal(t, 2, got["error_rate"].Count)
	require.Empty(t, statsOf(t, metric.Facts{}, warm))
}

func TestTokenSource(t *testing.T) {
	a, b := stream(1, 2, 0, 100, 101), stream(1, 2, 0, 100, 101)
	got := statsOf(t, metric.Facts{}, a, b)
	require.Equal(t, "usage", got["output_sequence_length"].TokenSource)
	require.Empty(t, got["time_to_first_token"].TokenSource)
	b.OutputSource = record.Chunks
	got = statsOf(t, metric.Facts{}, a, b)
	require.Equal(t, "mixed", got["inter_token_latency"].TokenSource)
	require.Equal(t, []string{"tokens counted in different ways: usage 1, chunks 1"}, got["inter_token_latency"].Warnings)
	require.Equal(t, "usage", got["input_sequence_length"].TokenSource)
	a.OutputSource = record.NoTokens
	require.NotContains(t, statsOf(t, metric.Facts{}, a), "output_sequence_length")
}

func TestISLDrift(t *testing.T) {
	a, b, unknown, own := stream(110, 1, 0, 10), stream(220, 1, 0, 10), stream(5000, 1, 0, 10), stream(100, 1, 0, 10)
	a.Generated, b.Generated, own.Generated = 100, 200, 100
	own.InputSource = record.Tokenizer // says nothing of the server
	got := statsOf(t, metric.Facts{}, a, b, unknown, own)
	require.InDelta(t, 0.1, got["isl_drift"].Avg, 1e-12)
	require.NotContains(t, statsOf(t, metric.Facts{}, unknown, own), "isl_drift")
}
