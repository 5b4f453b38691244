package result

import (
	"fmt"
	"math"
	"strings"
)

// CacheHit is the share of prompt tokens that the engines found in their prefix
// caches, by their own counters (vLLM, SGLang), else by those of Dynamo's frontend,
// else the mean of the rates that engines give; false where none tells.
func (o *Observed) CacheHit() (float64, bool) {
	for _, c := range []struct{ hits, of string }{
		{"vllm:prefix_cache_hits", "vllm:prefix_cache_queries"},
		{"vllm:gpu_prefix_cache_hits", "vllm:gpu_prefix_cache_queries"},
		{"sglang:cached_tokens", "sglang:prompt_tokens"},
	} {
		hits, ok := o.Sum(c.hits)
		if of, known := o.Sum(c.of); ok && known && of > 0 {
			return hits / of, true
		}
	}
	cached, ok := o.total("dynamo_frontend_cached_tokens")
	if of, known := o.total("dynamo_frontend_input_sequence_tokens"); ok && known && of > 0 {
		return cached / of, true
	}
	for _, name := range []string{"sglang:cache_hit_rate", "dynamo_component_kvstats_gpu_prefix_cache_hit_rate"} {
		if v, ok := o.Mean(name); ok {
			return v, true
		}
	}
	return 0, false
}

// RouterHit is the share of a request's prompt that the router expected in the
// cache of the worker it chose, as the mean over the requests; false where the
// router routed none by it.
func (o *Observed) RouterHit() (float64, bool) {
	for _, name := range []string{"dynamo_component_router_kv_hit_rate", "dynamo_router_kv_hit_rate", "dynamo_frontend_router_kv_hit_rate"} {
		if v, ok := o.Mean(name); ok {
			return v, true
		}
	}
	return 0, false
}

// Overhead is the mean time that the router took for a choice, in ms; false where
// it does not tell.
func (o *Observed) Overhead() (float64, bool) { return o.Mean("dynamo_router_overhead_total_ms") }

// total is the sum of the new observations of a histogram.
func (o *Observed) total(name string) (float64, bool) {
	mean, ok := o.Mean(name)
	n, known := o.Sum(name)
	return mean * n, ok && known
}

// KVEvents is the number of KV events that the router took into its index: 0 in a
// run that means to route by them is a run that does not; false where the router
// does not count them.
func (o *Observed) KVEvents() (float64, bool) {
	if o == nil {
		return 0, false
	}
	applied, known := 0.0, false
	for i := range o.Series {
		s := &o.Series[i]
		if !s.matches("dynamo_component_kv_cache_events_applied", nil) {
			continue
		}
		known = true
		if status := s.Labels["status"]; status == "" || status == "ok" {
			applied += s.Delta
		}
	}
	return applied, known
}

// Waiting is the longest queue that one engine, or the router, had in a scrape.
func (o *Observed) Waiting() (float64, bool) {
	return o.highest("vllm:num_requests_waiting", "sglang:num_queue_reqs", "dynamo_frontend_router_queue_pending_requests", "llamacpp:requests_deferred")
}

// Running is the most requests that one engine ran at once in a scrape.
func (o *Observed) Running() (float64, bool) {
	return o.highest("vllm:num_requests_running", "sglang:num_running_reqs", "llamacpp:requests_processing")
}

// CacheUse is the fullest KV cache of an engine in a scrape, 0 to 1.
func (o *Observed) CacheUse() (float64, bool) {
	return o.highest("vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc", "sglang:token_usage", "dynamo_component_kvstats_gpu_cache_usage_percent")
}

// Workers is the least number of workers that the router knew of.
func (o *Observed) Workers() (least float64, ok bool) {
	if o == nil {
		return 0, false
	}
	least = math.Inf(1)
	for i := range o.Series {
		if s := &o.Series[i]; s.matches("dynamo_frontend_model_workers", nil) && s.Kind == Gauge {
			least, ok = min(least, s.Min), true
		}
	}
	return least, ok
}

func (o *Observed) highest(names ...string) (most float64, ok bool) {
	for _, name := range names {
		if v, known := o.Max(name); known {
			most, ok = max(most, v), true
		}
	}
	return most, ok
}

// Preemptions is how often engines took a running request's memory away.
func (o *Observed) Preemptions() (float64, bool) {
	for _, name := range []string{"vllm:num_preemptions", "sglang:num_retracted_reqs", "sglang:num_retractions"} {
		if v, ok := o.Sum(name); ok {
			return v, true
		}
	}
	return 0, false
}

// Rejected is the largest of the counters of rejected requests: a request that is
// turned away may count in several.
func (o *Observed) Rejected() (most float64, ok bool) {
	if o == nil {
		return 0, false
	}
	by := map[string]float64{}
	for i := range o.Series {
		if s := &o.Series[i]; s.Kind == Counter && strings.Contains(s.Name, "reject") {
			by[s.Name] += s.Delta
		}
	}
	for _, n := range by {
		most, ok = max(most, n), true
	}
	return most, ok
}

// WorkerRequests are the requests that each worker got: by the router's count
// where it has one, else as each engine's page counts them, by the page's place in
// URLs. nil where neither is known.
func (o *Observed) WorkerRequests() map[string]float64 {
	if o == nil {
		return nil
	}
	for _, c := range []struct{ name, label string }{
		{"dynamo_frontend_worker_requests", "worker_id"},
		{"vllm_router_processed_requests", "worker"},
		{"sgl_router_processed_requests", "worker"},
		{"smg_worker_requests", "worker"},
	} {
		if by := o.By(c.name, c.label); by != nil {
			return by
		}
	}
	for _, name := range []string{"vllm:request_success", "sglang:num_requests", "dynamo_component_requests"} {
		if by := o.byURL(name); by != nil {
			return by
		}
	}
	return nil
}

// Facts are the figures above that are known, by name: "cache_hit", "router_hit",
// "router_overhead_ms", "kv_events", "waiting", "running", "cache_use", "workers",
// "preemptions", "rejected".
func (o *Observed) Facts() map[string]float64 {
	facts := map[string]float64{}
	for name, of := range map[string]func() (float64, bool){
		"cache_hit": o.CacheHit, "router_hit": o.RouterHit, "router_overhead_ms": o.Overhead, "kv_events": o.KVEvents,
		"waiting": o.Waiting, "running": o.Running, "cache_use": o.CacheUse, "workers": o.Workers,
		"preemptions": o.Preemptions, "rejected": o.Rejected,
	} {
		if v, ok := of(); ok {
			facts[name] = v
		}
	}
	return facts
}

// Brief says in a few words what of it readers look for first; "" where there is
// nothing of that.
func (o *Observed) Brief() string {
	var parts []string
	add := func(format string, of func() (float64, bool), scale float64, always bool) {
		if v, ok := of(); ok && (v > 0 || always) {
			parts = append(parts, fmt.Sprintf(format, describe(v*scale)))
		}
	}
	add("cache hits %s %%", o.CacheHit, 100, true)
	add("router expected %s %%", o.RouterHit, 100, true)
	add("%s KV events", o.KVEvents, 1, false)
	add("queue up to %s", o.Waiting, 1, false)
	add("%s preemptions", o.Preemptions, 1, false)
	add("%s rejected", o.Rejected, 1, false)
	return strings.Join(parts, ", ")
}
