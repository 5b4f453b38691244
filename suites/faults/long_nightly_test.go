//go:build nightly

package faults

// times multiplies how long each test measures at night.
const times = 5
