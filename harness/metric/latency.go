package metric

import (
	"time"

	"github.com/dynbench/dynbench/harness/record"
)

// The latencies of a request. Content is text, reasoning or tool text; role
// chunks, empty deltas, usage and [DONE] are none.
var (
	TTFT = PerRequest(Def{
		Key: "time_to_first_token", Alias: "ttft", Title: "Time to First Token", Unit: "ms", Direction: LowerIsBetter,
		Doc: "First content minus send; reasoning counts. AIPerf's, but for the connection: it is open before the send.",
	}, func(r *record.Record) (time.Duration, bool) { return between(r.Sent, r.FirstToken) })

	TTST = PerRequest(Def{
		Key: "time_to_second_token", Alias: "ttst", Title: "Time to Second Token", Unit: "ms", Direction: LowerIsBetter,
		Doc: "Second content event minus first: a gap, not a time from the send. As AIPerf's.",
	}, func(r *record.Record) (time.Duration, bool) { return between(r.FirstToken, r.SecondToken) })

	TTFO = PerRequest(Def{
		Key: "time_to_first_output_token", Alias: "ttfo", Title: "Time to First Output Token", Unit: "ms", Direction: LowerIsBetter,
		Doc: "First content that is not reasoning, minus send. As AIPerf's.",
	}, func(r *record.Record) (time.Duration, bool) { return between(r.Sent, r.FirstOutput) })

	RequestLatency = PerRequest(Def{
		Key: "request_latency", Alias: "e2e", Also: "latency", Title: "Request Latency", Unit: "ms", Direction: LowerIsBetter,
		Doc: "Last content minus send; what follows the last content does not count. As AIPerf's.",
	}, func(r *record.Record) (time.Duration, bool) { return between(r.Sent, r.Last) })

	DecodeDuration = PerRequest(Def{
		Key: "decode_duration", Alias: "decode", Title: "Decode Duration", Unit: "ms", Direction: LowerIsBetter,
		Doc: "Request latency minus TTFT: last content minus first. As AIPerf's.",
	}, func(r *record.Record) (time.Duration, bool) { return between(r.FirstToken, r.Last) })

	ITL = PerRequest(Def{
		Key: "inter_token_latency", Alias: "itl", Also: "tpot", Title: "Inter Token Latency", Unit: "ms", Direction: LowerIsBetter, Tokens: OfOutput,
		Doc: "(Request latency - TTFT) / (OSL - 1), one value a request; where the server told the tokens of the first content event, they take the place of the 1. As AIPerf's. Absent where OSL is below 2 and where all content came in one event or one read, which has no gap to measure: AIPerf records 0 there.",
	}, itl)

	ICL = PerGap(Def{
		Key: "inter_chunk_latency", Alias: "icl", Title: "Inter Chunk Latency", Unit: "ms", Direction: LowerIsBetter,
		Doc: "Gaps between neighbouring content events, pooled over requests. As AIPerf's; from a histogram unless raw gaps were kept.",
	})

	TokenGap = PerTokenGap(Def{
		Key: "inter_token_gap", Alias: "itg", Title: "Inter Token Gap", Unit: "ms", Direction: LowerIsBetter,
		Doc: "Gaps between tokens, pooled over requests: the gap before a content event of m tokens counts as m gaps of an m-th. Known only where the server sends its usage with each event (continuous_usage_stats); from a histogram.",
	})

	IntendedTTFT = PerRequest(Def{
		Key: "intended_ttft", Title: "TTFT from Intended Send", Unit: "ms", Direction: LowerIsBetter,
		Doc: "First content minus the moment at which the plan wanted the request sent: TTFT with all that held the send back.",
	}, func(r *record.Record) (time.Duration, bool) { return between(r.Intended, r.FirstToken) })

	IntendedLatency = PerRequest(Def{
		Key: "intended_latency", Title: "Latency from Intended Send", Unit: "ms", Direction: LowerIsBetter,
		Doc: "Last content minus the moment at which the plan wanted the request sent: what a user of an open loop waits, free of coordinated omission.",
	}, func(r *record.Record) (time.Duration, bool) { return between(r.Intended, r.Last) })
)

// What this client and the connection added.
var (
	SendLag = PerRequest(Def{
		Key: "send_lag", Alias: "lag", Title: "Send Lag", Unit: "ms", Direction: LowerIsBetter,
		Doc: "Send minus the moment at which the plan wanted it, or at which its cap on requests in flight let it: this client's own delay.",
	}, func(r *record.Record) (time.Duration, bool) {
		return time.Duration(max(r.Sent-r.Intended-r.HeldFor, 0)), r.Sent > 0 && r.Intended > 0
	})

	ReceiveDelay = PerRequest(Def{
		Key: "receive_delay", Title: "Receive Delay", Unit: "ms", Direction: LowerIsBetter,
		Doc: "From the kernel's stamp of the first token to the return of the read that brought it: how late this client was, which no latency includes. Absent where the kernel gave no stamp.",
	}, func(r *record.Record) (time.Duration, bool) { return time.Duration(r.ReceiveDelay), r.ReceiveDelay > 0 })

	ReceiveDelayMax = PerRequest(Def{
		Key: "receive_delay_max", Title: "Longest Receive Delay", Unit: "ms", Direction: LowerIsBetter,
		Doc: "The longest receive delay among all reads that brought content of the request.",
	}, func(r *record.Record) (time.Duration, bool) {
		return time.Duration(r.ReceiveDelayMax), r.ReceiveDelayMax > 0
	})

	Dial = PerRequest(Def{
		Key: "http_req_connection_overhead", Alias: "dial", Title: "Connection Overhead", Unit: "ms", Direction: LowerIsBetter,
		Doc: "Time spent opening a connection inside the request, name lookup and TLS included; 0 where one was open. As AIPerf's.",
	}, func(r *record.Record) (time.Duration, bool) { return time.Duration(r.Dialled), r.Sent > 0 })

	Upload = PerRequest(Def{
		Key: "http_req_sending", Alias: "upload", Title: "Upload", Unit: "ms", Direction: LowerIsBetter,
		Doc: "Last byte of the request written minus send. As AIPerf's.",
	}, func(r *record.Record) (time.Duration, bool) { return between(r.Sent, r.Written) })
)

// between is the time from one stamp to a later one; false where one of them
// did not happen.
func between(from, to int64) (time.Duration, bool) {
	return time.Duration(to - from), from > 0 && to >= from
}

func itl(r *record.Record) (time.Duration, bool) {
	decode, gaps := decoding(r)
	if gaps < 1 {
		return 0, false
	}
	return decode / time.Duration(gaps), true
}

// decoding is the time from first to last content and the number of gaps between
// tokens in it, 0 where they cannot be told.
func decoding(r *record.Record) (time.Duration, int) {
	d, ok := between(r.FirstToken, r.Last)
	if !ok || d == 0 || r.Events < 2 {
		return 0, 0
	}
	if first := r.FirstTokens; first > 0 && first < r.OSL() {
		return d, r.OSL() - first
	}
	return d, r.OSL() - 1
}
