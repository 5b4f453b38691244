package harness

import (
	"fmt"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/target"
)

// Bounds beyond which a level says more about this client than about the
// target.
const (
	leastLag    = 1.0  // ms at p99, of sends behind their time and of reads behind the kernel
	lagShare    = 0.01 // of the TTFT's p50, where that is more
	sharedFirst = 0.01 // requests whose first token shared its read with others
	busyCPU     = 0.9  // of the processors that this process may use
)

// limits says by what this client bounded the figures of the level, if it did.
// In a stack of this very process the processors are the engines' too: how busy
// they are is reported and not judged.
func limits(l *result.Level, t target.Target) []string {
	var why []string
	bound := leastLag
	if q, ok := l.Quantile(metric.TTFT.Def().Key, 50); ok {
		bound = max(bound, lagShare*q.Value)
	}
	for _, m := range []metric.Metric{metric.SendLag, metric.ReceiveDelay} {
		d := m.Def()
		if q, ok := l.Quantile(d.Key, 99); ok && q.Value > bound {
			why = append(why, fmt.Sprintf("%s p99 %.2f ms, more than %.2f", d.Title, q.Value, bound))
		}
	}
	c := l.Detail.Client
	if c.FirstShared > sharedFirst {
		why = append(why, fmt.Sprintf("%.1f %% of the first tokens came in one read with others: their TTFT is an upper bound", 100*c.FirstShared))
	}
	if c.CPUBusy > busyCPU && !inProcess(t) {
		why = append(why, fmt.Sprintf("this process used %.0f %% of its processors", 100*c.CPUBusy))
	}
	if c.WriterWaits > 0 {
		why = append(why, fmt.Sprintf("%d sends waited for the record writer", c.WriterWaits))
	}
	return why
}

// inProcess says that a part of the target runs in this process.
func inProcess(t target.Target) bool {
	for _, p := range t.Parts {
		if p.Provider == "embedded" {
			return true
		}
	}
	return false
}
