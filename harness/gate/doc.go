// Package gate judges what several runs came to. The replicate is the run, not
// the request: requests of one run share its engines, its placement and its
// caches. Pairs are two runs of the same prompts, one after the other, and what
// is judged is their ratio; PairedRatio is the function to start from. Settle
// fills the figures of a result.Comparison, Check judges claims on them.
package gate
