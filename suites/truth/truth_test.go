// Package truth holds the instrument against what it measures: the client's
// figures against the server's own record of the same requests. It is a suite
// to run alone: with DYNBENCH_TRUTH=strict (make truth) its limits are those
// that the project promises, without, ten times as wide, for machines that do
// something else as well.
package truth

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures/engine"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/target"
	"github.com/dynbench/dynbench/harness/workload"
)

// limit is how far a percentile of the client may be off the engine's.
const limit = time.Millisecond

// TestClientAgainstTheEngine: TTFT and ITL as the client reports them are those
// of the engine's record, at 1, 10 and 50 streams.
func TestClientAgainstTheEngine(t *testing.T) {
	needsQuiet(t)
	server, url := startEngine(t)

	run := harness.Run(t, target.Target{URL: url, Model: "sim"}, harness.Sweep{
		Workload: workload.Synthetic{ISL: 100, OSL: 100},
		Levels:   load.Concurrency(1, 10, 50),
		Measure:  load.Requests(200).Within(engineTime()),
		NoPlot:   true,
	})

	truth := byRequest(server.Journal())
	for _, level := range run.Levels {
		t.Run(level.Name, func(t *testing.T) {
			harness.RequireLevel(t, level)
			for _, c := range compare(pairs(t, run, level, truth)) {
				t.Log(c)
				if off := c.off(); off > allowed() {
					t.Errorf("%s: off by %s, more than %s", c, off, allowed())
				}
			}
		})
	}
}

// engineTime bounds a level of TestClientAgainstTheEngine.
func engineTime() time.Duration {
	switch {
	case strict():
		return 10 * time.Second
	case testing.Short():
		return 300 * time.Millisecond
	}
	return 500 * time.Millisecond
}

// TestASlowPathIsNoticed: behind a proxy that holds each answer up, the same
// comparison fails.
func TestASlowPathIsNoticed(t *testing.T) {
	needsQuiet(t)
	server, url := startEngine(t)

	run := harness.Run(t, target.Target{URL: delayed(t, url, 2*allowed()), Model: "sim"}, harness.Sweep{
		Workload: workload.Synthetic{ISL: 100, OSL: 20},
		Levels:   load.Concurrency(4),
		Measure:  load.Requests(40),
		NoPlot:   true,
	})

	worst := slices.MaxFunc(compare(pairs(t, run, run.Levels[0], byRequest(server.Journal()))),
		func(a, b comparison) int { return int(a.off() - b.off()) })
	require.Greater(t, worst.off(), allowed(), worst.String())
}

// pair is one request as both sides saw it.
type pair struct {
	client record.Record
	server engine.Entry
}

func byRequest(entries []engine.Entry) map[string]engine.Entry {
	m := map[string]engine.Entry{}
	for _, e := range entries {
		m[e.RequestID] = e
	}
	return m
}

// pairs joins the level's records with the engine's by request id.
func pairs(t *testing.T, run *result.Run, level result.Level, truth map[string]engine.Entry) []pair {
	t.Helper()
	var all []pair
	for r, err := range record.ReadFile(filepath.Join(run.Dir, level.Dir, result.RecordsFile)) {
		require.NoError(t, err)
		if r.Phase != record.Measured {
			continue
		}
		e, ok := truth[r.RequestID]
		require.True(t, ok && e.Whole, "request %s: not in the engine's record", r.RequestID)
		all = append(all, pair{r, e})
	}
	require.Len(t, all, level.Requests)
	return all
}

// comparison is one percentile on both sides.
type comparison struct {
	metric         string
	p              float64
	client, server time.Duration
}

func (c comparison) off() time.Duration { return (c.client - c.server).Abs() }

func (c comparison) String() string {
	return fmt.Sprintf("%s p%g: client %s, engine %s", c.metric, c.p, c.client.Round(time.Microsecond), c.server.Round(time.Microsecond))
}

// compare takes both sides' percentiles by the same rule.
func compare(all []pair) []comparison {
	var out []comparison
	for _, m := range []struct {
		name           string
		client, server func(pair) int64
	}{
		{"TTFT",
			func(p pair) int64 { return p.client.FirstToken - p.client.Sent },
			func(p pair) int64 { return p.server.Writes[0] - arrivedAt(p.server) }},
		{"ITL",
			func(p pair) int64 { return (p.client.Last - p.client.FirstToken) / int64(p.client.Events-1) },
			func(p pair) int64 {
				w := p.server.Writes
				return (w[len(w)-1] - w[0]) / int64(len(w)-1)
			}},
	} {
		for _, p := range []float64{50, 99} {
			out = append(out, comparison{m.name, p, percentile(all, m.client, p), percentile(all, m.server, p)})
		}
	}
	return out
}

// arrivedAt is the kernel's word where it has one: under load the engine's handler
// begins later.
func arrivedAt(e engine.Entry) int64 {
	if e.Received > 0 {
		return e.Received
	}
	return e.Arrived
}

// percentile interpolates between order statistics at rank p(n-1).
func percentile(all []pair, of func(pair) int64, p float64) time.Duration {
	v := make([]int64, len(all))
	for i, x := range all {
		v[i] = of(x)
	}
	slices.Sort(v)
	rank := p / 100 * float64(len(v)-1)
	low := int(rank)
	high := min(low+1, len(v)-1)
	return time.Duration(float64(v[low]) + (rank-float64(low))*float64(v[high]-v[low]))
}

// startEngine runs a simulated engine that keeps a record of its own.
func startEngine(t *testing.T) (*engine.Server, string) {
	t.Helper()
	p, err := engine.Sim{Model: "sim", Journal: true}.Start(t.Context(), envOf(t))
	t.Cleanup(func() {
		if p != nil {
			require.NoError(t, p.Stop(context.WithoutCancel(t.Context())))
		}
	})
	require.NoError(t, err)
	return p.(*engine.Running).Server(), p.URL()
}
