//go:build dynamo

package router

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/fixtures/sim"
	"github.com/dynbench/dynbench/harness/workload"
	"github.com/dynbench/dynbench/router"
)

// TestSimulatorAgrees holds the simulated engines with the pace of Dynamo's
// frontend against Dynamo's own frontend and mockers, in turns and with the same
// prompts: TTFT, ITL and cached tokens, round-robin and kv. docs/simulator.md says
// what came of it and what is left between them.
func TestSimulatorAgrees(t *testing.T) {
	if testing.Short() {
		t.Skip("takes two minutes")
	}
	const off = 0.15
	theirs := router.Placed(t, router.PrefixRatio{
		Ratios: []float64{0.9}, ISL: 2000, OSL: 50, Prefixes: 20, Requests: 160, Concurrency: 16,
		BodyStd: workload.NoStd, OSLStd: workload.NoStd, Modes: []router.Mode{spread, byKV}, Pairs: 1, NoPlot: true,
		Bed: fixtures.Topology{Engines: 4, Engine: sim.Config{Blocks: 2000, BlockSize: 16}},
	})
	if theirs.Bed.EngineKind != "process:mocker" {
		t.Skipf("engines are %q, not Dynamo's mocker", theirs.Bed.EngineKind)
	}
	ours := theirs
	ours.Bed = fixtures.Topology{Engines: 4, Engine: theirs.Bed.Engine, EngineKind: "embedded:dynamo", FrontendKind: "embedded", Tokenizer: theirs.Tokenizer}

	const turns = 3 * times
	var got, want [turns]*router.Report
	for i := range turns {
		theirs.Seed, ours.Seed = int64(i), int64(i)
		theirs.Salt, ours.Salt = fmt.Sprint("agree", i), fmt.Sprint("agree", i)
		t.Run(fmt.Sprintf("Dynamo's %d", i), func(t *testing.T) { want[i] = router.Run(t, theirs) })
		t.Run(fmt.Sprintf("ours %d", i), func(t *testing.T) { got[i] = router.Run(t, ours) })
		if want[i] == nil || got[i] == nil {
			t.Skip("not all could be measured")
		}
	}
	for _, mode := range theirs.Modes {
		for name, of := range map[string]func(router.Point) router.Number{
			"TTFT":       func(p router.Point) router.Number { return p.TTFT.Avg },
			"ITL":        func(p router.Point) router.Number { return p.ITL.Avg },
			"cache hits": func(p router.Point) router.Number { return p.HitRate },
		} {
			mean := func(reports [turns]*router.Report) (sum float64) {
				for _, r := range reports {
					sum += float64(of(*r.Arm(mode).Point(0.9))) / turns
				}
				return sum
			}
			o, d := mean(got), mean(want)
			t.Logf("%s, %s: ours %.3f, Dynamo's %.3f, %+.1f %%", mode, name, o, d, 100*(o/d-1))
			require.InEpsilon(t, d, o, off, "%s of %s", name, mode)
		}
	}
}
