package router

import (
	"context"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/harness"
)

// engineSeries reads the counters of each engine of a stack that answers for
// itself over HTTP; nothing of another system.
func engineSeries(ctx context.Context, sys harness.System) map[string]series {
	stack, ok := sys.(*fixtures.Stack)
	if !ok {
		return nil
	}
	all := map[string]series{}
	for _, e := range stack.Engines() {
		at := e.URL() + "/metrics"
		if own, ok := e.Part.(interface{ MetricsURL() string }); ok {
			at = own.MetricsURL()
		}
		if at == "" || at == "/metrics" { // it answers on Dynamo's request plane alone
			continue
		}
		if s, err := scrape(ctx, []string{at}); err == nil {
			all[e.Name] = s
		}
	}
	return all
}

// engineShares is what each engine did between two moments, as it counts itself:
// with the requests that made the stack ready.
func engineShares(before, after map[string]series) Participation {
	p := Participation{}
	for name, s := range after {
		grown := func(names ...string) int {
			for _, n := range names {
				if v, ok := (growth{before[name], s}).sum(n); ok {
					return int(v)
				}
			}
			return 0
		}
		w := WorkerShare{
			ID: name, Role: RoleDecode,
			Requests: grown("vllm:request_success_total", "sglang:num_requests_total"),
			Input:    grown("vllm:prompt_tokens_total", "sglang:prompt_tokens_total", "llamacpp:prompt_tokens_total"),
			Cached:   grown("vllm:prefix_cache_hits_total", "sglang:cached_tokens_total"),
			Output:   grown("vllm:generation_tokens_total", "sglang:generation_tokens_total", "llamacpp:tokens_predicted_total"),
		}
		if w.Requests+w.Input+w.Output > 0 {
			p.Workers = append(p.Workers, w)
		}
	}
	p.settle()
	return p
}
