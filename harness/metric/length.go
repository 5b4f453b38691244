package metric

import "github.com/dynbench/dynbench/harness/record"

// Lengths of requests and their answers.
var (
	ISL = PerRequest(Def{
		Key: "input_sequence_length", Alias: "isl", Title: "Input Sequence Length", Unit: "tokens", Tokens: OfInput,
		Doc: "Prompt tokens: as the server's usage has them, else those generated, by the tokenizer and without chat template.",
	}, func(r *record.Record) (Tokens, bool) {
		return Tokens(r.Input), r.InputSource != record.NoTokens
	})

	OSL = PerRequest(Def{
		Key: "output_sequence_length", Alias: "osl", Title: "Output Sequence Length", Unit: "tokens", Tokens: OfOutput,
		Doc: "Completion tokens, reasoning included: as the server's usage has them; without usage those that the tokenizer makes of the text (token_source: tokenizer); without a tokenizer one a content event (chunks).",
	}, func(r *record.Record) (Tokens, bool) {
		return Tokens(r.OSL()), r.OutputSource != record.NoTokens
	})

	OutputTokens = PerRequest(Def{
		Key: "output_token_count", Title: "Output Token Count", Unit: "tokens", Tokens: OfOutput,
		Doc: "Completion tokens without reasoning; absent where there were none. As AIPerf's.",
	}, func(r *record.Record) (Tokens, bool) {
		return Tokens(r.Output), r.OutputSource != record.NoTokens && r.Output > 0
	})

	ReasoningTokens = PerRequest(Def{
		Key: "reasoning_token_count", Title: "Reasoning Token Count", Unit: "tokens", Tokens: OfOutput,
		Doc: "Reasoning tokens; absent where there were none.",
	}, func(r *record.Record) (Tokens, bool) {
		return Tokens(r.Reasoning), r.OutputSource != record.NoTokens && r.Reasoning > 0
	})

	CachedTokens = PerRequest(Def{
		Key: "prompt_cached_tokens", Alias: "cached", Title: "Cached Prompt Tokens", Unit: "tokens", Direction: HigherIsBetter,
		Doc: "Prompt tokens that the server took from its prefix cache; absent where it did not say.",
	}, func(r *record.Record) (Tokens, bool) { return Tokens(r.Cached), r.HasCached })

	OSLMismatch = PerRequest(Def{
		Key: "osl_mismatch_diff_pct", Title: "OSL Mismatch Diff %", Unit: "%", Tokens: OfOutput,
		Doc: "100 (OSL - wanted) / wanted, signed; absent where no length was asked for. As AIPerf's.",
	}, func(r *record.Record) (Percent, bool) {
		if r.Wanted <= 0 || r.OutputSource == record.NoTokens {
			return 0, false
		}
		return Percent(100 * float64(r.OSL()-r.Wanted) / float64(r.Wanted)), true
	})
)

// Rates that one user sees.
var (
	TokensPerUser = PerRequest(Def{
		Key: "output_token_throughput_per_user", Alias: "tps_user", Title: "Output Token Throughput Per User", Unit: "tokens/sec/user", Direction: HigherIsBetter, Tokens: OfOutput,
		Doc: "1 / ITL in seconds; absent where ITL is. As AIPerf's.",
	}, func(r *record.Record) (PerSecond, bool) {
		decode, gaps := decoding(r)
		if gaps < 1 {
			return 0, false
		}
		return PerSecond(float64(gaps) / decode.Seconds()), true
	})

	E2EThroughput = PerRequest(Def{
		Key: "e2e_output_token_throughput", Alias: "e2e_tps", Title: "E2E Output Token Throughput", Unit: "tokens/sec/user", Direction: HigherIsBetter, Tokens: OfOutput,
		Doc: "OSL / request latency. As AIPerf's.",
	}, func(r *record.Record) (PerSecond, bool) {
		return over(r.OSL(), r.OutputSource, r.Sent, r.Last)
	})

	PrefillPerUser = PerRequest(Def{
		Key: "prefill_throughput_per_user", Alias: "prefill_tps", Title: "Prefill Throughput Per User", Unit: "tokens/sec/user", Direction: HigherIsBetter, Tokens: OfInput,
		Doc: "ISL / TTFT. As AIPerf's; queueing and network are in it.",
	}, func(r *record.Record) (PerSecond, bool) {
		return over(r.Input, r.InputSource, r.Sent, r.FirstToken)
	})
)

// over is the rate of tokens between two stamps.
func over(tokens int, counted record.TokenSource, from, to int64) (PerSecond, bool) {
	d, ok := between(from, to)
	if !ok || d == 0 || counted == record.NoTokens {
		return 0, false
	}
	return PerSecond(float64(tokens) / d.Seconds()), true
}
