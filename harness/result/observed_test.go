package result

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func seen(series ...ObservedSeries) *Observed { return &Observed{Series: series} }

func counted(name string, delta float64, labels ...string) ObservedSeries {
	s := ObservedSeries{Name: name, Kind: Counter, Delta: delta, Labels: map[string]string{}}
	for i := 0; i+1 < len(labels); i += 2 {
		s.Labels[labels[i]] = labels[i+1]
	}
	return s
}

func histogram(name string, n, mean float64) ObservedSeries {
	return ObservedSeries{Name: name, Kind: Histogram, Delta: n, Mean: mean}
}

func TestCacheHitByWhoeverCountsIt(t *testing.T) {
	for name, o := range map[string]*Observed{
		"vllm":     seen(counted("vllm:prefix_cache_hits_total", 20), counted("vllm:prefix_cache_hits_total", 30), counted("vllm:prefix_cache_queries_total", 200)),
		"old vllm": seen(counted("vllm:gpu_prefix_cache_hits_total", 1), counted("vllm:gpu_prefix_cache_queries_total", 4)),
		"sglang":   seen(ObservedSeries{Name: "sglang:cache_hit_rate", Kind: Gauge, Mean: 0.2}, ObservedSeries{Name: "sglang:cache_hit_rate", Kind: Gauge, Mean: 0.3}),
		"dynamo":   seen(histogram("dynamo_frontend_cached_tokens", 10, 50), histogram("dynamo_frontend_input_sequence_tokens", 10, 200)),
	} {
		v, ok := o.CacheHit()
		require.True(t, ok, name)
		require.InDelta(t, 0.25, v, 1e-12, name)
	}
	_, ok := seen(counted("vllm:prefix_cache_hits_total", 0), counted("vllm:prefix_cache_queries_total", 0)).CacheHit()
	require.False(t, ok, "of no query there is no share")
}

func TestFactsOfARouter(t *testing.T) {
	o := seen(
		counted("dynamo_component_kv_cache_events_applied", 40, "event_type", "stored", "status", "ok"),
		counted("dynamo_component_kv_cache_events_applied", 5, "event_type", "stored", "status", "parent_block_not_found"),
		histogram("dynamo_component_router_kv_hit_rate", 10, 0.8),
		counted("dynamo_frontend_worker_requests_total", 6, "worker_id", "7"),
		counted("dynamo_frontend_worker_requests_total", 4, "worker_id", "8"),
		counted("dynamo_frontend_router_admission_rejected_total", 3), counted("dynamo_work_handler_enqueue_rejected_total", 2),
		ObservedSeries{Name: "dynamo_frontend_model_workers", Kind: Gauge, Min: 3, Max: 4, Mean: 3.9},
		ObservedSeries{Name: "vllm:num_requests_waiting", Kind: Gauge, Max: 9}, ObservedSeries{Name: "vllm:num_requests_waiting", Kind: Gauge, Max: 2},
		counted("vllm:num_preemptions_total", 2), histogram("dynamo_router_overhead_total_ms", 10, 0.4),
	)
	for name, c := range map[string]struct {
		of   func() (float64, bool)
		want float64
	}{
		"events": {o.KVEvents, 40}, "router hit": {o.RouterHit, 0.8}, "rejected": {o.Rejected, 3}, "workers": {o.Workers, 3},
		"waiting": {o.Waiting, 9}, "preemptions": {o.Preemptions, 2}, "overhead": {o.Overhead, 0.4},
	} {
		v, ok := c.of()
		require.True(t, ok, name)
		require.InDelta(t, c.want, v, 1e-12, name)
	}
	require.Equal(t, map[string]float64{"7": 6, "8": 4}, o.WorkerRequests())
	require.Equal(t, "router expected 80 %, 40 KV events, queue up to 9, 2 preemptions, 3 rejected", o.Brief())
}

func TestWorkersWithoutARouterAreToldByTheirPages(t *testing.T) {
	a, b := counted("vllm:request_success_total", 5, "finished_reason", "stop"), counted("vllm:request_success_total", 2, "finished_reason", "length")
	c := counted("vllm:request_success_total", 9, "finished_reason", "stop")
	c.URL = 1
	require.Equal(t, map[string]float64{"0": 7, "1": 9}, seen(a, b, c).WorkerRequests())
	require.Nil(t, seen(counted("other", 1)).WorkerRequests())
}

func TestSumByLabels(t *testing.T) {
	o := seen(counted("a_total", 1, "w", "1", "x", "1"), counted("a_total", 2, "w", "1", "x", "2"), counted("a_total", 4, "w", "2", "x", "1"))
	v, ok := o.Sum("a", "w", "1")
	require.True(t, ok)
	require.Equal(t, 3.0, v)
	_, ok = o.Sum("a", "w", "3")
	require.False(t, ok)
	require.Equal(t, map[string]float64{"1": 3, "2": 4}, o.By("a_total", "w"))
	require.Nil(t, o.By("a", "z"))
}
