package router

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOracleAtTheDefaults(t *testing.T) {
	// All of the input shared, nothing at once: the shares are those of requests.
	o := Oracle{Requests: 200, Prefixes: 20, Workers: 8, Prefix: 100, Input: 100}
	require.InDelta(t, 0.90, o.Shares().Affinity, 0.005)
	require.InDelta(t, 0.43, o.Shares().Spread, 0.005)
	o.Concurrency = 20
	require.InDelta(t, 0.865, o.Shares().Affinity, 0.005)
	require.Less(t, o.Shares().Spread, 0.43)
}

func TestOracleCountsWholeBlocks(t *testing.T) {
	o := Oracle{Requests: 1000, Prefixes: 1, Workers: 1, Prefix: 100, Input: 200}
	require.InDelta(t, 0.4995, o.Shares().Affinity, 1e-9)
	o.BlockSize = 64
	require.InDelta(t, 0.999*64/200, o.Shares().Affinity, 1e-9)
	o.BlockSize = 128
	require.Zero(t, o.Shares().Affinity)
}

func TestOracleWithoutReuse(t *testing.T) {
	require.Zero(t, Oracle{Requests: 10, Prefixes: 20, Workers: 4, Concurrency: 10, Input: 100}.Shares())
	require.Zero(t, Oracle{}.Shares())
	one := Oracle{Requests: 1, Prefixes: 1, Workers: 1, Concurrency: 1, Prefix: 10, Input: 10}
	require.Zero(t, one.Shares(), "the only request finds nothing")
}

// The closed form agrees with draws.
func TestOracleAgreesWithSimulation(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct{ requests, places, together int }{{200, 20, 20}, {160, 80, 16}, {50, 5, 10}} {
		hits := 0
		const rounds = 400
		for range rounds {
			seen := map[int]bool{}
			var waiting []int
			for i := range c.requests {
				place := rng.IntN(c.places)
				if i < c.together { // nothing is stored before all of these have begun
					waiting = append(waiting, place)
					continue
				}
				for _, w := range waiting {
					seen[w] = true
				}
				waiting = nil
				if seen[place] {
					hits++
				}
				seen[place] = true
			}
		}
		o := Oracle{Requests: c.requests, Prefixes: c.places, Workers: 1, Concurrency: c.together, Prefix: 1, Input: 1}
		require.InDelta(t, float64(hits)/float64(rounds*c.requests), o.Shares().Affinity, 0.01)
	}
}
