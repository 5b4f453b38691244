//go:build !nightly

package faults

// times multiplies how long each test measures.
const times = 1
