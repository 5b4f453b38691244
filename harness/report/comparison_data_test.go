package report

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/dynbench/dynbench/harness/result"
)

// mode is a router of the synthetic comparison: how much of a shared prefix it
// finds, and what a request costs beside it.
type mode struct {
	name string
	hit  float64
	cost float64
}

func modes(n int) []mode {
	return []mode{
		{"round-robin", 0.43, 1}, {"kv", 0.88, 1.02}, {"kv-approx", 0.8, 1.02}, {"vllm-router-cache_aware", 0.7, 1.1},
		{"random", 0.43, 1.05}, {"least-loaded", 0.45, 0.97}, {"sglang-router-cache_aware", 0.72, 1.08}, {"dynamo-kv", 0.87, 1},
	}[:n]
}

// compared is a comparison of modes over the values of an axis.
func comparedOver(axis string, xs []float64, pairs int, arms []mode) *result.Comparison {
	rng := rand.New(rand.NewPCG(7, 7))
	c := &result.Comparison{
		Schema: result.ComparisonSchema, Name: "prefix-ratio", State: result.ComparisonComplete, Planned: pairs, Seed: 1,
		Metrics: []string{keyTTFT, keyITL, keyOutputRate, keyCacheHit},
	}
	for _, m := range arms {
		c.Arms = append(c.Arms, result.ComparisonArm{Name: m.name, Good: pairs})
	}
	for i := range pairs {
		c.Pairs = append(c.Pairs, result.ComparisonPair{Number: i + 1})
	}
	for _, x := range xs {
		level := result.ComparisonLevel{Name: fmt.Sprintf("%s%g", axis[:1], x), Concurrency: 16, Axes: map[string]float64{axis: x}}
		ratio, load := x, 16.0
		if axis == concurrency {
			level.Concurrency, ratio, load = int(x), 0.5, x
		}
		values := map[string][][]float64{}
		for _, m := range arms {
			hit := ratio * m.hit
			var ttft, itl, rate, hits []float64
			for range pairs {
				noise := func(s float64) float64 { return math.Exp(s * rng.NormFloat64()) }
				ttft = append(ttft, 60*m.cost*load*(1-hit)*noise(0.05))
				itl = append(itl, (12+0.3*load*(1-hit))*m.cost*noise(0.02))
				rate = append(rate, 900*math.Sqrt(load)/(1+2*(1-hit))/m.cost*noise(0.03))
				hits = append(hits, min(hit*noise(0.02), 1))
			}
			for key, v := range map[string][]float64{keyTTFT: ttft, keyITL: itl, keyOutputRate: rate, keyCacheHit: hits} {
				values[key] = append(values[key], v)
			}
			level.Arms = append(level.Arms, result.ArmLevel{
				Arm: m.name, Runs: pairs, Requests: 160 * pairs, InputTokens: int64(320_000 * pairs),
				CachedInput: int64(320_000 * pairs), CachedTokens: int64(320_000 * float64(pairs) * hit),
			})
		}
		c.Levels = append(c.Levels, level)
		for _, key := range c.Metrics {
			c.Rows = append(c.Rows, rowFrom(c, level.Name, key, "avg", values[key]))
		}
		c.Rows = append(c.Rows, rowFrom(c, level.Name, keyTTFT, "p50", values[keyTTFT]), rowFrom(c, level.Name, keyTTFT, "p99", values[keyTTFT]))
	}
	return c
}

// rowFrom does what package gate does, which this package may not import.
func rowFrom(c *result.Comparison, level, key, stat string, values [][]float64) result.ComparisonRow {
	row := result.ComparisonRow{Level: level, Metric: key, Stat: stat, Share: key == keyCacheHit}
	for i, v := range values {
		f := result.ArmFigure{Arm: c.Arms[i].Name, Values: v, Mean: estimate(v)}
		for n := range v {
			f.Pairs = append(f.Pairs, n+1)
		}
		if i > 0 {
			logs, diff := make([]float64, len(v)), make([]float64, len(v))
			for n := range v {
				logs[n], diff[n] = math.Log(v[n]/values[0][n]), v[n]-values[0][n]
			}
			r, d := estimate(logs), estimate(diff)
			r.Value, r.Low, r.High = math.Exp(r.Value), math.Exp(r.Low), math.Exp(r.High)
			if len(v) < 2 {
				r.Low, r.High = math.Inf(-1), math.Inf(1)
			}
			if f.Difference = &d; !row.Share {
				f.Ratio = &r
			}
		}
		row.Arms = append(row.Arms, f)
	}
	return row
}

func estimate(v []float64) result.Estimate {
	mean, squares := 0.0, 0.0
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		squares += (x - mean) * (x - mean)
	}
	e := result.Estimate{Value: mean, Low: math.Inf(-1), High: math.Inf(1), N: len(v)}
	if n := float64(len(v)); n > 1 {
		half := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(0.975) * math.Sqrt(squares/(n-1)/n)
		e.Low, e.High = mean-half, mean+half
	}
	return e
}
