// Package router holds the benchmarks of routers: what a router that knows
// prefix caches is worth, whether every worker takes part, and what must be
// looked at before such a verdict may be believed.
//
// PrefixRatio is the sweep over shares of prompt that are shared, in one router
// mode after the other, interleaved and repeated:
//
//	report, err := router.PrefixRatio{
//		Modes: []router.Mode{"round-robin", "kv"}, Bed: router.Bed{Engines: 4},
//		Ratios: []float64{0.1, 0.5, 0.9},
//	}.Run(ctx, "kv_router")
//
// Against endpoints that stand it measures what is there. Participate counts
// the requests and tokens that each worker got, Ping asks one request, Launch
// starts engines as they stand in front of a router.
package router
