// Package hub reads many connections on few goroutines. A goroutine for each
// connection costs, for each event, its wake-up, its sleep, and a read that finds
// nothing: a third of what an event costs in all, and on a busy machine the reason
// why events are taken late and merge.
//
// It exists on Linux; elsewhere a Hub is of no use. The package promises nothing to
// other modules.
package hub
