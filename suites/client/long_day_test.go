//go:build !nightly

package client

// repeats is how often each level is measured.
const repeats = 1
