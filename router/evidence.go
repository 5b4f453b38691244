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
	lookups       = "vllm_router_kv_placement_lookups_total"
	overheadTotal = "dynamo_router_overhead_total_ms"
)

// kvEvents says whether engines told the router what they cached. A KV router
// without that routes by load alone, whatever it is called.
func kvEvents(s growth, reuse bool) Check {
	c := Check{Name: "kv events"}
	if by := s.by(decisions, "outcome", "policy", "kv_aware"); len(by) > 0 {
		return kvAware(c, by, s.by(lookups, "result"), reuse)
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
	if sum, count := s.total(kvHitRate); count > 0 && reuse {
		c.OK = sum > 0
		c.Detail += fmt.Sprintf(", the router foresaw a hit rate of %.3f", sum/count)
		if !c.OK {
			c.Detail += ": what it hashes is not what they cache, as where they apply a chat template that it does not know; asking by token ids avoids that"
		}
	}
	return c
}

// kvAware judges vllm-router's decisions by what they came to, and its lookups by
// what they found. One without tokens to look up falls back in silence; one that
// finds nothing has heard no event that it takes, and spreads.
func kvAware(c Check, by, found map[string]float64, reuse bool) Check {
	all := 0.0
	for _, n := range by {
		all += n
	}
	c.Detail = fmt.Sprintf("decisions of kv_aware: %s", counts(by))
	if c.OK = all > by["missing_tokens"]; !c.OK {
		c.Detail += ": it had no tokens to look up and fell back"
		return c
	}
	if len(found) > 0 {
		c.Detail += fmt.Sprintf("; lookups: %s", counts(found))
	}
	switch c.OK = !reuse || by["hit"]+found["hit"] > 0; {
	case c.OK:
	case len(found) == 0:
		c.Detail += "; no lookups: it makes none for completions by token ids with fields that it does not know, and routed by load alone"
	default:
		c.Detail += ": it found nothing, by events under another topic than the empty one, say, or of other tokens, and routed by load alone"
	}
	return c
}

// counts are counts by what they are of, in words.
func counts(by map[string]float64) string {
	var said []string
	for _, name := range slices.Sorted(maps.Keys(by)) {
		said = append(said, fmt.Sprintf("%.0f %s", by[name], name))
	}
	return strings.Join(said, ", ")
}

// overhead is what the router says that its choices took, in ms on average.
func overhead(s growth) Number {
	if sum, count := s.total(overheadTotal); count > 0 {
		return Number(sum / count)
	}
	return missing()
}
