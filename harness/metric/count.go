package metric

import "time"

// Counts and shares of a level.
var (
	RequestCount = OfLevel(Def{
		Key: "request_count", Alias: "requests", Title: "Request Count", Unit: "requests",
		Doc: "Successful requests. As AIPerf's.",
	}, func(t *Totals, _ Facts) (Count, bool) { return Count(t.OK), t.Ended() > 0 })

	ErrorCount = OfLevel(Def{
		Key: "error_request_count", Alias: "errors", Title: "Error Request Count", Unit: "requests", Direction: LowerIsBetter,
		Doc: "Failed requests. Cancelled ones are not failed: AIPerf counts them here.",
	}, func(t *Totals, _ Facts) (Count, bool) { return Count(t.Failed), t.Ended() > 0 })

	ErrorRate = OfLevel(Def{
		Key: "error_rate", Title: "Error Rate", Unit: "ratio", Direction: LowerIsBetter,
		Doc: "Failed / (successful + failed); cancelled requests are neither.",
	}, func(t *Totals, _ Facts) (Ratio, bool) { return share(float64(t.Failed), float64(t.Ended())) })

	GoodCount = OfLevel(Def{
		Key: "good_request_count", Title: "Good Request Count", Unit: "requests", Direction: HigherIsBetter,
		Doc: "Successful requests within all limits, the limits included; one that lacks a limited metric is not good. As AIPerf's.",
	}, func(t *Totals, _ Facts) (Count, bool) { return Count(t.Good), t.Judged && t.Ended() > 0 })

	GoodFraction = OfLevel(Def{
		Key: "good_request_fraction", Alias: "good", Title: "Good Request Fraction", Unit: "ratio", Direction: HigherIsBetter,
		Doc: "Good / (successful + failed). As AIPerf's.",
	}, func(t *Totals, _ Facts) (Ratio, bool) {
		v, ok := share(float64(t.Good), float64(t.Ended()))
		return v, ok && t.Judged
	})

	EffectiveConcurrency = OfLevel(Def{
		Key: "effective_concurrency", Alias: "concurrency", Title: "Effective Concurrency", Unit: "requests",
		Doc: "Requests in flight, averaged over the phase window by Little's law: sum of (end of stream - send) of all measured requests, failed ones too / window.",
	}, func(t *Totals, f Facts) (Count, bool) {
		v, ok := perSecond(float64(t.InFlight)/1e9, t, f)
		return Count(v), ok
	})

	CacheHitRatio = OfLevel(Def{
		Key: "cache_hit_ratio", Alias: "cache_hit", Title: "Cache Hit Ratio", Unit: "ratio", Direction: HigherIsBetter,
		Doc: "Sum of cached prompt tokens / sum of ISL, both over the requests whose cached tokens the server reported.",
	}, func(t *Totals, _ Facts) (Ratio, bool) {
		return share(float64(t.Cached), float64(t.CachedInput))
	})

	ISLDrift = OfLevel(Def{
		Key: "isl_drift", Title: "ISL Drift", Unit: "ratio", Tokens: OfInput,
		Doc: "(Sum of prompt tokens as the server counts them - sum of those generated) / sum of those generated, over the requests that both are known of. The server's count has the chat template in it, the other has not; under the tokenizer approx it holds that one's error too.",
	}, func(t *Totals, _ Facts) (Ratio, bool) {
		return share(float64(t.GeneratedGot-t.Generated), float64(t.Generated))
	})

	OSLDeviation = OfLevel(Def{
		Key: "osl_deviation", Title: "OSL Deviation", Unit: "ratio", Tokens: OfOutput,
		Doc: "(Sum of OSL - sum of lengths asked for) / sum of lengths asked for, over the requests that asked for one.",
	}, func(t *Totals, _ Facts) (Ratio, bool) {
		return share(float64(t.WantedGot-t.Wanted), float64(t.Wanted))
	})

	OSLMismatchCount = OfLevel(Def{
		Key: "osl_mismatch_count", Title: "OSL Mismatch Count", Unit: "requests", Direction: LowerIsBetter, Tokens: OfOutput,
		Doc: "Requests with |OSL - wanted| > min(5 % of wanted, 50). As AIPerf's.",
	}, func(t *Totals, _ Facts) (Count, bool) { return Count(t.Mismatched), t.WantedKnown > 0 })

	ITLUndefined = OfLevel(Def{
		Key: "itl_undefined", Title: "Requests without ITL", Unit: "requests", Direction: LowerIsBetter, Tokens: OfOutput,
		Doc: "Successful requests of two or more tokens that have no ITL: all their content came in one event or one read.",
	}, func(t *Totals, _ Facts) (Count, bool) { return Count(t.ITLUndefined), t.OK > 0 && t.outputKnown() })

	BenchmarkDuration = OfLevel(Def{
		Key: "benchmark_duration", Alias: "duration", Title: "Benchmark Duration", Unit: "sec",
		Doc: "Last content minus first send, of successful requests. As AIPerf's; rates use the phase window instead.",
	}, func(t *Totals, _ Facts) (time.Duration, bool) {
		d, ok := between(t.FirstSent, t.LastToken)
		return d, ok && d > 0
	})

	TotalISL = OfLevel(Def{
		Key: "total_isl", Title: "Total Input Sequence Length", Unit: "tokens", Tokens: OfInput,
		Doc: "Sum of ISL.",
	}, func(t *Totals, _ Facts) (Tokens, bool) { return Tokens(t.Input), t.inputKnown() })

	TotalOSL = OfLevel(Def{
		Key: "total_osl", Title: "Total Output Sequence Length", Unit: "tokens", Tokens: OfOutput,
		Doc: "Sum of OSL.",
	}, func(t *Totals, _ Facts) (Tokens, bool) { return Tokens(t.Output), t.outputKnown() })
)

func share(part, all float64) (Ratio, bool) {
	if all <= 0 {
		return 0, false
	}
	return Ratio(part / all), true
}

// Standard is the set of all metrics of this package.
func Standard() Set {
	return Set{}.With(
		TTFT, TTST, TTFO, RequestLatency, DecodeDuration, ITL, ICL, TokenGap, IntendedTTFT, IntendedLatency,
		TokensPerUser, E2EThroughput, PrefillPerUser,
		ISL, OSL, OutputTokens, ReasoningTokens, CachedTokens, OSLMismatch,
		SendLag, ReceiveDelay, ReceiveDelayMax, Dial, Upload,
		RequestThroughput, OutputTokenThroughput, InputTokenThroughput, TotalTokenThroughput, TokensPerGPU,
		SteadyRequestThroughput, SteadyOutputTokenThroughput, EffectiveConcurrency,
		Goodput, GoodCount, GoodFraction,
		RequestCount, ErrorCount, ErrorRate, CacheHitRatio,
		ISLDrift, OSLDeviation, OSLMismatchCount, ITLUndefined, TotalISL, TotalOSL, BenchmarkDuration,
	)
}
