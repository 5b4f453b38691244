//go:build nightly

package client

// repeats is how often each level is measured at night.
const repeats = 3
