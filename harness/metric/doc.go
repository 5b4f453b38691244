// Package metric turns records into numbers. A metric is a value: a Dist has
// one value a request or a gap, and so percentiles; a Scalar has one value a
// level. Both carry their Go type, so that neither a goal in the wrong unit nor
// a percentile of a single number compiles.
//
// A Set lists metrics; its Acc takes the records of one level, merges with the
// Acc of another shard, and gives Stats at any time. Nothing here reads a clock
// or a file.
package metric
