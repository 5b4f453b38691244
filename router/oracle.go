package router

import "math"

// Oracle is what shares of the input a cache can give at best to a prefix-ratio
// workload: what a measured hit rate is held against. It takes caches as
// infinite and prefixes as drawn (multinomial groups).
type Oracle struct {
	Requests    int
	Prefixes    int
	Workers     int
	Concurrency int     // requests that start together
	Prefix      int     // tokens of a prefix
	Input       float64 // mean tokens of a prompt
	BlockSize   int     // of the KV cache; 0: prefixes are cached to the token
}

// Shares are hit rates: cached tokens over input tokens.
type Shares struct {
	// Affinity sends every prefix to one worker: a prefix misses once.
	Affinity float64 `json:"affinity"`
	// Spread chooses workers without regard to prefixes (round-robin, random): a
	// prefix misses once on every worker that it comes to.
	Spread float64 `json:"spread"`
}

// Shares returns both expectations. With R requests, N prefixes and W workers
// affinity leaves h = 1 - d(R, N)/R of the requests a hit, spreading
// h = 1 - d(R, N*W)/R, where d(r, n) = n(1-(1-1/n)^r) is the number of
// different ones among r draws of n. The first C requests start together, and
// those among them that share a place race the first block that is stored, so
// that C - d(C, n) more miss.
func (o Oracle) Shares() Shares {
	return Shares{Affinity: o.share(o.Prefixes), Spread: o.share(o.Prefixes * max(o.Workers, 1))}
}

// share is the hit rate where a prefix has one of n places.
func (o Oracle) share(n int) float64 {
	if o.Requests <= 0 || n <= 0 || o.Input <= 0 {
		return 0
	}
	first := float64(min(o.Concurrency, o.Requests))
	miss := different(float64(o.Requests), n) + first - different(first, n)
	hit := max(0, 1-miss/float64(o.Requests))
	return hit * o.cacheable() / o.Input
}

// cacheable is the part of a prefix that fills whole blocks.
func (o Oracle) cacheable() float64 {
	if o.BlockSize <= 1 {
		return float64(o.Prefix)
	}
	return float64(o.Prefix / o.BlockSize * o.BlockSize)
}

// different is the expected number of different ones among draws of n.
func different(draws float64, n int) float64 {
	if n <= 0 {
		return 0
	}
	return float64(n) * (1 - math.Pow(1-1/float64(n), draws))
}
