// Package tokens counts and makes tokens. A Tokenizer turns text to token ids
// and makes texts of an exact number of tokens. BPE reads a tokenizer.json and
// encodes as the reference library does; Approx needs no vocabulary and
// estimates. Open finds a tokenizer by path or model id, Auto chooses one.
package tokens

import "math/rand/v2"

// Tokenizer is safe for concurrent use.
type Tokenizer interface {
	// Name identifies the tokenizer in results: "approx", or a model's.
	Name() string
	// Count returns the number of tokens of text, without special tokens.
	Count(text string) int
	// Encode appends the token ids of text to dst.
	Encode(dst []int32, text string) []int32
	// Text draws a text of exactly n tokens, n >= 0, from rng: the same rng state
	// gives the same text, and two draws share no prefix beyond chance.
	Text(rng *rand.Rand, n int) string
}
