package router

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The series that tell whether a router knows what caches hold, as Dynamo and
// vllm-router name them.
const (
	eventsApplied = "dynamo_component_kv_cache_events_applied"
	kvHitRate     = "dynamo_component_router_kv_hit_rate"
	decisions     = "vllm_router_prefix_routing_decisions_total"
	overheadTotal = "dynamo_router_overhead_total_ms"
)

// kvEvents says whether engines told the router what they cached. A KV router
// without that routes by load alone, whatever it is called.
func kvEvents(s series, reuse bool) Check {
	c := Check{Name: "kv events"}
	if by := s.by(decisions, "outcome", "policy", "kv_aware"); len(by) > 0 {
		return kvAware(c, by)
	}
	n, ok := s.sum(eventsApplied, "status", "ok")
	if !ok {
		c.Detail = fmt.Sprintf("the router exposes no %s: nothing shows that it takes KV events", eventsApplied)
		return c
	}
	c.OK, c.Detail = n > 0, fmt.Sprintf("%.0f events of engines were applied", n)
	if !c.OK {
		c.Detail += ": it routed by load alone"
		return c
	}
	if rate, count := s.mean(kvHitRate); count > 0 && reuse {
		c.OK = rate > 0
		c.Detail += fmt.Sprintf(", the router foresaw a hit rate of %.3f", rate)
	}
	return c
}

// kvAware judges vllm-router's decisions by what they came to. One without tokens
// to look up falls back in silence.
func kvAware(c Check, by map[string]float64) Check {
	all := 0.0
	var said []string
	for _, outcome := range slices.Sorted(maps.Keys(by)) {
		all += by[outcome]
		said = append(said, fmt.Sprintf("%.0f %s", by[outcome], outcome))
	}
	c.OK = all > by["missing_tokens"]
	c.Detail = fmt.Sprintf("%s of kv_aware: %s", decisions, strings.Join(said, ", "))
	if !c.OK {
		c.Detail += ": it had no tokens to look up and fell back (--token-ids gives it some)"
	}
	return c
}

// overhead is what the router says that its choices took, in ms on average.
func overhead(s series) Number {
	if mean, count := s.mean(overheadTotal); count > 0 {
		return Number(mean)
	}
	return missing()
}
