package faults

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/fixtures/engine"
	"github.com/dynbench/dynbench/fixtures/frontend"
	"github.com/dynbench/dynbench/fixtures/part"
	"github.com/dynbench/dynbench/fixtures/sim"
	"github.com/dynbench/dynbench/harness/record"
)

// short is how long the tests that need no recovery ask.
func short() time.Duration { return quick(400*time.Millisecond, 4*time.Second) }

// TestWorkerThatAnswers503: one engine of three refuses all that it is asked. The
// router asks another one, so that clients see little of it, and nothing but 503.
func TestWorkerThatAnswers503(t *testing.T) {
	stack := up(t, fixtures.Topology{Engines: 3, Profiles: func(i int) engine.Profile {
		if i != 1 {
			return engine.Profile{}
		}
		return engine.Profile{Faults: engine.Faults{Kind: engine.FaultStatus, Status: http.StatusServiceUnavailable}}
	}})

	m := ask{rate: 40, lasting: short(), prefixes: 4}.of(t, stack)

	m.only(t, record.HTTPError)
	for _, r := range m.failed() {
		require.Equal(t, http.StatusServiceUnavailable, r.Error.Status, r.Error.Message)
	}
	require.LessOrEqual(t, len(m.failed()), 2, "the router goes round it")
	require.Len(t, m.workers(), 2)
}

// TestEnginesThatFailAShare: what engines fail by chance reaches the client as
// what it is, about as often as it happens.
func TestEnginesThatFailAShare(t *testing.T) {
	stack := up(t, fixtures.Topology{Engines: 2, NoProbe: true, Profiles: func(int) engine.Profile {
		return engine.Failing(0.2, 3, engine.FaultTruncate, engine.FaultErrorEvent, engine.FaultEmpty)
	}})

	m := ask{rate: 60, lasting: short(), prefixes: 4}.of(t, stack)

	m.only(t, record.Truncated, record.StreamError, record.Empty)
	require.NotEmpty(t, m.failed())
	require.Less(t, len(m.failed()), len(m.records)/2)
}

// TestUnequalEngines: a router that looks at loads gives a slow engine less, and
// one that takes turns does not.
func TestUnequalEngines(t *testing.T) {
	for _, mode := range []fixtures.Mode{fixtures.ModeRoundRobin, fixtures.ModeLeastLoaded} {
		t.Run(string(mode), func(t *testing.T) {
			stack := up(t, fixtures.Topology{Engines: 2, Router: mode, Profiles: func(i int) engine.Profile {
				return []engine.Profile{{}, {Speed: 0.2}}[i]
			}})
			m := ask{rate: 60, lasting: 2 * short(), prefixes: 4, osl: 8}.of(t, stack)

			require.Empty(t, m.failed())
			served := sorted(m.workers())
			require.Len(t, served, 2)
			switch {
			case mode == fixtures.ModeRoundRobin:
				require.LessOrEqual(t, served[1]-served[0], 1)
			case testing.Short(): // there are few, and on a busy machine they come in bursts
				require.Greater(t, served[1]-served[0], 1)
			default:
				require.Greater(t, 2*served[1], 3*served[0], "the fast engine answers most")
			}
		})
	}
}

// TestWorkerWithAnotherBlockSize: its events would name other blocks than the
// router computes. The router gives it no requests, and says so; none fails.
func TestWorkerWithAnotherBlockSize(t *testing.T) {
	stack := up(t, fixtures.Topology{Engines: 1, Router: fixtures.ModeKV, EngineProvider: func(i int) part.Provider {
		return engine.Sim{Config: sim.Config{BlockSize: []int{64, 32}[i]}}
	}})
	_, err := stack.Join(t.Context())
	require.NoError(t, err)

	m := ask{rate: 30, lasting: short(), prefixes: 4}.of(t, stack)

	require.Empty(t, m.failed())
	require.Len(t, m.workers(), 1)
	says(t, stack, `has KV blocks of 32 tokens, the router of its model .* 64: it gets no requests`)
}

// TestSecondModelOfTheSameName: an engine that serves less than the others under
// their name. The router says that they differ; what the second one has no room
// for fails by what it said, and nothing else does.
func TestSecondModelOfTheSameName(t *testing.T) {
	stack := up(t, fixtures.Topology{Engines: 2, EngineProvider: func(i int) part.Provider {
		return engine.Sim{Model: "m", Component: []string{"backend", "other"}[i], MaxModelLen: []int{32_000, 1000}[i]}
	}})

	m := ask{rate: 30, lasting: short(), prefixes: 4}.of(t, stack)

	says(t, stack, "differ")
	require.Len(t, m.workers(), 1)
	for _, r := range m.failed() {
		require.Equal(t, http.StatusBadRequest, r.Error.Status)
		require.Contains(t, r.Error.Message, "maximum context length is 1000 tokens")
	}
}

// alone is an engine that registers nowhere, and discovery a frontend that knows
// those alone that do.
type (
	alone     struct{ engine.Sim }
	discovery struct{ frontend.Reference }
)

func (a alone) Start(ctx context.Context, env part.Env) (part.Part, error) {
	env.Etcd = ""
	return a.Sim.Start(ctx, env)
}

func (d discovery) Start(ctx context.Context, env part.Env) (part.Part, error) {
	env.Engines = nil
	return d.Reference.Start(ctx, env)
}

// TestFewerWorkersThanAsked: a stack of three of which one never registers does
// not come up, and says how many there are.
func TestFewerWorkersThanAsked(t *testing.T) {
	beside(t)
	topo := fixtures.Topology{Engines: 3, Frontend: discovery{}, EngineProvider: func(i int) part.Provider {
		if i == 2 {
			return alone{}
		}
		return engine.Sim{}
	}}
	var err error
	for topo.Timeout = time.Second; topo.Timeout < time.Minute; topo.Timeout *= 2 { // a busy machine needs longer to get there
		if _, err = fixtures.Up(t.Context(), topo); err != nil && strings.Contains(err.Error(), "2 of 3 engines") {
			return
		}
	}
	require.ErrorContains(t, err, "2 of 3 engines")
}
