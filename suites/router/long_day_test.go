//go:build !nightly

package router

// times multiplies the turns of each comparison.
const times = 1
