package report

import (
	"fmt"
	"math"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
)

// synthetic is a run whose figures follow a simple queueing curve; speed > 1
// is a faster target.
func synthetic(name string, speed float64, levels ...int) *result.Run {
	r := &result.Run{Schema: result.RunSchema, Name: name, State: result.Complete}
	r.Workload.OSL = 256
	r.Load.Kind = "concurrency"
	for _, c := range levels {
		r.Load.Levels = append(r.Load.Levels, float64(c))
		r.Levels = append(r.Levels, level(c, speed))
	}
	return r
}

func level(c int, speed float64) result.Level {
	n := max(10, 3*c)
	load := float64(c) / (40 * speed)
	itl := 8 / speed * (1 + load)
	ttft := 45 / speed * (1 + 0.6*load*load)
	latency := ttft + 255*itl
	rate := float64(c) / latency * 1000
	return result.Level{
		Name: fmt.Sprintf("c%d", c), Dir: fmt.Sprintf("c%d", c), Concurrency: c,
		Axes:  map[string]float64{"concurrency": float64(c)},
		State: result.LevelOK, Requests: n, EffectiveConcurrency: 0.98 * float64(c),
		Window: record.Window{Planned: n, Sent: n, Warmup: c, Complete: true},
		Stats: metric.Values{
			keyTTFT:        dist("ms", n, ttft, 0.25),
			keyITL:         dist("ms", n, itl, 0.06),
			keyLatency:     dist("ms", n, latency, 0.08),
			keyUserRate:    dist("tokens/sec/user", n, 1000/itl, 0.05),
			keyOSL:         dist("tokens", n, 256, 0),
			keyRequestRate: scalar("requests/sec", n, rate),
			keyOutputRate:  scalar("tokens/sec", n, rate*256),
			keyErrorRate:   scalar("ratio", n, 0),
		},
		Detail: result.Detail{Planned: n, OSLTarget: 256},
	}
}

func dist(unit string, n int, median, spread float64) metric.Stats {
	s := metric.Stats{Unit: unit, Count: n, Avg: median * (1 + spread/3), Sum: median * float64(n), Min: median * (1 - spread), Max: median * (1 + 4*spread), Method: metric.Exact}
	for _, p := range metric.Points() {
		z := math.Log(p / (100 - p))
		v := median * math.Exp(spread*z/2)
		s.P = append(s.P, metric.Quantile{P: p, Value: v, Low: v * 0.97, High: v * 1.04, LowConfidence: float64(n)*min(p, 100-p)/100 < 10})
	}
	return s
}

func scalar(unit string, n int, v float64) metric.Stats {
	return metric.Stats{Unit: unit, Count: n, Sum: v, Avg: v, Min: v, Max: v, Method: metric.OneLevel}
}

// fail makes a level one with the given state and errors.
func fail(l *result.Level, state result.LevelState, errors int) {
	l.State, l.Errors = state, errors
	l.Stats[keyErrorRate] = scalar("ratio", l.Requests, float64(errors)/float64(l.Requests))
	l.Failures = []result.ErrorGroup{{Code: 503, Type: "http_error", Message: "overloaded", Count: errors}}
}

func standardLevels() []int { return []int{1, 2, 5, 10, 50, 100, 250} }
