package router

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures"
)

// exposes is a server whose /metrics says text.
func exposes(t *testing.T, text string) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		fmt.Fprint(w, text)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

const applied = `# TYPE dynamo_component_kv_cache_events_applied counter
dynamo_component_kv_cache_events_applied{event_type="stored",status="ok"} %d
dynamo_component_kv_cache_events_applied{event_type="stored",status="parent_block_not_found"} 7
# TYPE dynamo_component_router_kv_hit_rate histogram
dynamo_component_router_kv_hit_rate_bucket{le="+Inf"} 10
dynamo_component_router_kv_hit_rate_sum %g
dynamo_component_router_kv_hit_rate_count 10
`

const lookedUp = `vllm_router_prefix_routing_decisions_total{policy="kv_aware",outcome="prefix_cost"} 40
vllm_router_kv_placement_lookups_total{result="%s"} 40
`

func TestKVEvents(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		reuse bool
		ok    bool
		says  string
	}{
		"applied":               {fmt.Sprintf(applied, 12, 4.5), true, true, "12 events of engines were applied, the router foresaw a hit rate of 0.450"},
		"none":                  {fmt.Sprintf(applied, 0, 0.0), true, false, "it routed by load alone"},
		"no hits":               {fmt.Sprintf(applied, 12, 0.0), true, false, "a hit rate of 0.000: what it hashes is not what they cache"},
		"nothing to hit":        {fmt.Sprintf(applied, 12, 0.0), false, true, "12 events"},
		"nothing exposed":       {"up 1\n", true, false, "exposes no " + eventsApplied},
		"vllm-router fell back": {`vllm_router_prefix_routing_decisions_total{policy="kv_aware",outcome="missing_tokens"} 40` + "\n", true, false, "40 missing_tokens: it had no tokens"},
		"vllm-router looked up": {`vllm_router_prefix_routing_decisions_total{policy="kv_aware",outcome="missing_tokens"} 1
vllm_router_prefix_routing_decisions_total{policy="kv_aware",outcome="hit"} 39
`, true, true, "39 hit, 1 missing_tokens"},
		"vllm-router found some":   {fmt.Sprintf(lookedUp, "hit"), true, true, "40 prefix_cost; lookups: 40 hit"},
		"vllm-router found none":   {fmt.Sprintf(lookedUp, "miss"), true, false, "lookups: 40 miss: it found nothing"},
		"vllm-router did not look": {`vllm_router_prefix_routing_decisions_total{policy="kv_aware",outcome="prefix_cost"} 40` + "\n", true, false, "40 prefix_cost; no lookups"},
		"vllm-router needs none":   {fmt.Sprintf(lookedUp, "miss"), false, true, "lookups: 40 miss"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := scrape(t.Context(), []string{exposes(t, c.text)})
			require.NoError(t, err)
			got := kvEvents(growth{now: s}, c.reuse)
			require.Equal(t, c.ok, got.OK, got.Detail)
			require.Contains(t, got.Detail, c.says)
			require.False(t, kvEvents(growth{s, s}, true).OK, "what an earlier run did is no evidence")
		})
	}
}

func TestScrape(t *testing.T) {
	a := exposes(t, "# TYPE x counter\nx{a=\"1\"} 2\nx{a=\"2\",b=\"y\"} 3\n")
	s, err := scrape(t.Context(), []string{a, "http://127.0.0.1:1/metrics"})
	require.NoError(t, err, "one answers")
	total, ok := s.sum("x")
	require.True(t, ok)
	require.Equal(t, 5.0, total)
	total, _ = s.sum("x", "b", "y")
	require.Equal(t, 3.0, total)
	_, ok = s.sum("y")
	require.False(t, ok)
	_, err = scrape(t.Context(), []string{"http://127.0.0.1:1/metrics"})
	require.ErrorContains(t, err, "no metrics endpoint answers")
	_, err = scrape(t.Context(), []string{exposes(t, "{{{\n")})
	require.Error(t, err)
}

func TestEngineShares(t *testing.T) {
	at := func(requests, hits int) series {
		s, err := scrape(t.Context(), []string{exposes(t, fmt.Sprintf(`vllm:request_success_total{finished_reason="length"} %d
vllm:request_success_total{finished_reason="abort"} 0
vllm:prompt_tokens_total 1000
vllm:prefix_cache_hits_total %d
vllm:generation_tokens_total 50
`, requests, hits))})
		require.NoError(t, err)
		return s
	}
	idle := at(1, 0)
	p := engineShares(map[string]series{"engine-0": at(1, 0), "engine-1": idle}, map[string]series{"engine-0": at(5, 64), "engine-1": idle})
	require.Equal(t, []WorkerShare{{ID: "engine-0", Role: RoleDecode, Requests: 4, Cached: 64}}, p.Workers, "idle ones took no part")
	var s Summary
	s.Points = []Point{{byRun: []Participation{{Requests: 4}, {Requests: 5}}}}
	runs := s.participation(p)
	require.Len(t, runs, 1)
	got := runs[0]
	require.Equal(t, SourceEngines, got.Source)
	require.Equal(t, []string{"engine-0"}, got.Decode)
	require.Equal(t, 9, got.Requests)
}

func TestModes(t *testing.T) {
	bed := fixtures.Topology{Engines: 4, EngineKind: "process:mocker"}
	for mode, want := range map[Mode]struct {
		frontend, rule, folder string
		evidence               evidence
	}{
		"round-robin":               {"", "round-robin", "round-robin", blind},
		"kv":                        {"", "kv", "kv", told},
		"kv-approx":                 {"", "kv-approx", "kv-approx", guessed},
		"reference:kv":              {"embedded", "kv", "reference-kv", told},
		"dynamo:power-of-two":       {"process:dynamo", "power-of-two", "dynamo-power-of-two", blind},
		"vllm-router:kv_aware":      {"process:vllm-router", "kv_aware", "vllm-router-kv_aware", told},
		"vllm-router":               {"process:vllm-router", "cache_aware", "vllm-router", guessed},
		"dynamo:kv@process:mocker":  {"process:dynamo", "kv", "dynamo-kv-process-mocker", told},
		"sglang-router:round_robin": {"process:sglang-router", "round_robin", "sglang-router-round_robin", blind},
	} {
		top, err := mode.topology(bed)
		require.NoError(t, err, mode)
		require.Equal(t, want.frontend, top.FrontendKind, mode)
		require.Equal(t, want.rule, string(top.Router), mode)
		require.Equal(t, want.folder, mode.Folder())
		require.Equal(t, want.evidence, mode.evidence(), mode)
		require.Equal(t, 4, top.Engines)
	}
	for _, mode := range []Mode{"", "best", "dynamo:best", "nginx:round_robin", "vllm-router:kv", "kv@process:nothing"} {
		_, err := mode.topology(bed)
		require.Error(t, err, "%q", mode)
	}
}
