// Package sla holds the goals of a run and checks them: a typed goal in a test,
//
//	sla.P99(metric.TTFT).AtMost(400*time.Millisecond).From("c10")
//
// or the same in a flag, "ttft.p99<=400ms@c10+". Absence fails: a level without
// data, or a goal for a level that the run does not have, is never a pass.
package sla
