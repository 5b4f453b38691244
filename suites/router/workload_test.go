package router

import (
	"strings"
	"testing"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/fixtures/sim"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/workload"
	"github.com/dynbench/dynbench/router"
)

// suite is what is asked, and what must come of it.
type suite struct {
	router.PrefixRatio
	byPrefix router.Mode
	pays     float64 // TTFT of kv over that of round-robin at the highest ratio: its interval reaches below
	costs    float64 // what kv may lose without reuse
	gains    float64 // of hit rate at the highest ratio over round-robin's, at least
	near     float64 // hit rates may be off what is expected
	affine   float64 // the part of the best hit rate that kv must reach
	cold     float64 // hit rate of prompts without reuse, at most
	uneven   float64 // coefficient of variation of the requests of workers, at most
	overhead float64 // ms of a choice, on average
}

// workloadFor is the setting of the suite: on simulated engines and on Dynamo's
// mockers prompts of 2,000 tokens at 16 in flight, four workers with room for
// 32,000 tokens each; smaller where engines compute, and smallest with -short.
func workloadFor(t *testing.T) suite {
	t.Helper()
	s := suite{
		PrefixRatio: router.PrefixRatio{
			Ratios: []float64{0.5, 0.9}, ISL: 2000, OSL: 50, Prefixes: 20, Requests: 160, Concurrency: 16, Control: true,
			BodyStd: workload.NoStd, OSLStd: workload.NoStd, NoPlot: testing.Short(), Pairs: times * harness.DefaultPairs,
			Bed: fixtures.Topology{Engines: 4, Engine: sim.Config{Blocks: 2000, BlockSize: 16}},
		},
		pays: 0.95, costs: 0.05, near: 0.08, affine: 0.6, cold: 0.02, uneven: 0.5, overhead: 5,
	}
	s.PrefixRatio = router.Placed(t, s.PrefixRatio)
	if len(s.URLs) > 0 {
		t.Skip("an endpoint that stands has one mode: dynbench router prefix-ratio --url measures it")
	}
	if testing.Short() {
		s.Ratios, s.OSL, s.Requests, s.Concurrency, s.Prefixes, s.Pairs = []float64{0.9}, 4, 40, 8, 6, 2
		s.near, s.affine, s.uneven = 0.15, 0.5, 0.8
	}
	s.byPrefix = byKV
	switch {
	case strings.HasPrefix(s.Bed.EngineKind, "process:transformers"):
		t.Skip("transformers serve has no prefix cache: there is nothing to route by")
	case s.Bed.EngineKind == llamaCPP:
		s.onLlamaCPP()
	case loads(s.Bed):
		s.onModels()
	}
	s.Modes = []router.Mode{spread, s.byPrefix}
	return s
}

// onModels is the setting on engines that compute a model's tokens, so that time is
// dear, and that share this machine's processors and so slow each other down.
func (s *suite) onModels() {
	s.TokenIDs = true           // the reference router does not know a model's chat template
	s.Bed.Engine = sim.Config{} // blocks as the engines have them: not all can have 16 tokens
	if testing.Short() {
		return
	}
	s.Ratios, s.ISL, s.OSL, s.Requests, s.Concurrency, s.Prefixes, s.Pairs = []float64{0.1, 0.5, 0.9}, 1500, 16, 24, 4, 6, 3*times
	s.costs, s.near, s.uneven, s.pays = 0.25, 0.15, 0.8, 1
}

const llamaCPP = "process:llamacpp"

// onLlamaCPP is the setting on servers that compute some 200 tokens of a prompt a
// second on a processor, and whose cache is what was last in each of four slots.
func (s *suite) onLlamaCPP() {
	s.onModels()
	s.TokenIDs = false
	s.byPrefix = byHistory // there are no KV events
	// Gemma's layers of a sliding window forget what they slid past, so that no prefix
	// could be taken up again.
	s.Bed.EngineKind += ":--swa-full"
	s.Bed.Engines, s.Concurrency, s.ISL, s.OSL, s.Prefixes = 2, 2, 400, 4, 8
	s.near, s.affine, s.cold = 0.3, 0.4, 0.05 // the chat template is cached as well
	s.gains = -0.05                           // prompts that left their slot are kept in memory: spreading finds as much
	if testing.Short() {
		s.ISL, s.Requests, s.Prefixes = 200, 12, 3
	} else {
		s.Ratios = []float64{0.5, 0.9}
	}
}

// loads says that the engines compute a model's tokens.
func loads(bed fixtures.Topology) bool {
	return strings.HasPrefix(bed.EngineKind, "process:") && bed.EngineKind != "process:mocker" || bed.EngineKind == "gpu"
}
