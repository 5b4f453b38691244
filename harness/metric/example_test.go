package metric_test

import (
	"fmt"
	"time"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
)

// A metric of one's own is a definition and a function of a record.
func ExamplePerRequest() {
	headers := metric.PerRequest(metric.Def{
		Key: "time_to_headers", Title: "Time to Headers", Unit: "ms", Direction: metric.LowerIsBetter,
		Doc: "Response headers minus send.",
	}, func(r *record.Record) (time.Duration, bool) {
		return time.Duration(r.Headers - r.Sent), r.Headers > 0
	})

	acc := metric.Standard().With(headers).Begin()
	for i := range 3 {
		sent := int64(i+1) * int64(time.Second)
		_ = acc.Put(record.Record{Sent: sent, Headers: sent + int64(10*(i+1))*int64(time.Millisecond)})
	}
	s := acc.Stats(metric.Facts{})["time_to_headers"]
	fmt.Println(s.Avg, s.Unit, s.Count)
	// Output: 20 ms 3
}

// A metric of a level is a formula over its sums.
func ExampleOfLevel() {
	perGPU := metric.OfLevel(metric.Def{Key: "requests_per_gpu", Unit: "requests"},
		func(t *metric.Totals, f metric.Facts) (metric.Count, bool) {
			return metric.Count(t.OK) / metric.Count(max(f.GPUs, 1)), f.GPUs > 0
		})
	acc := metric.Set{}.With(perGPU).Begin()
	for range 6 {
		_ = acc.Put(record.Record{Sent: 1, End: 2})
	}
	fmt.Println(acc.Stats(metric.Facts{GPUs: 4})["requests_per_gpu"].Avg)
	// Output: 1.5
}
