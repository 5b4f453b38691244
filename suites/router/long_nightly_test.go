//go:build nightly

package router

// times multiplies the turns of each comparison at night.
const times = 2
