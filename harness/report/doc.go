// Package report turns results into what people look at: PNG plots,
// SUMMARY.txt and SUMMARY.json, and the console table. It is pure: everything
// is computed from result.Run values, the same input gives the same bytes, and
// only Write and WriteSummary touch files.
//
// Start from Write. A plot of one's own is a Plot value in Options.Plots; Lines
// makes one from a title and a function of the level:
//
//	report.Lines("queue_depth_vs_concurrency.png", "Queue Depth vs Concurrency", "Queue Depth (requests)",
//		func(l *result.Level) (float64, bool) { s, ok := l.Stats["queue_depth"]; return s.Avg, ok })
package report
