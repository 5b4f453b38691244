package router

import (
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
)

// engineTTFT are the names under which engines tell their own TTFT, in seconds.
func engineTTFT() []string {
	return []string{"vllm:time_to_first_token_seconds", "sglang:time_to_first_token_seconds"}
}

// added is what lies between the TTFT that the client saw in a run and that which
// the engines themselves count, in ms on average: the router's choice, two ways
// over HTTP instead of one, the reading of the prompt. Missing where engines tell
// none.
func added(run *result.Run, before, after map[string]series) Number {
	sum, n := 0.0, 0.0
	for name, now := range after {
		for _, m := range engineTTFT() {
			s, c := growth{before[name], now}.total(m)
			sum, n = sum+s, n+c
		}
	}
	client, requests := 0.0, 0.0
	for i := range run.Levels {
		if s, ok := run.Levels[i].Stats[metric.TTFT.Def().Key]; ok {
			client, requests = client+s.Avg*float64(s.Count), requests+float64(s.Count)
		}
	}
	if n <= 0 || requests == 0 {
		return missing()
	}
	return Number(client/requests - 1000*sum/n)
}
