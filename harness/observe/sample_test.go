package observe_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/dynbench/dynbench/harness/observe"
	"github.com/dynbench/dynbench/harness/result"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const text = `# HELP vllm:prefix_cache_hits_total Tokens found.
# TYPE vllm:prefix_cache_hits_total counter
vllm:prefix_cache_hits_total{engine="0",model_name="m"} 40.0
vllm:prefix_cache_hits_total{engine="1",model_name="m"} 2.0 1700000000000
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{engine="0"} 3
# TYPE dynamo_component_router_kv_hit_rate histogram
dynamo_component_router_kv_hit_rate_bucket{le="0.5"} 1
dynamo_component_router_kv_hit_rate_bucket{le="+Inf"} 4
dynamo_component_router_kv_hit_rate_sum 2.4
dynamo_component_router_kv_hit_rate_count 4
# TYPE go_gc_duration_seconds summary
go_gc_duration_seconds{quantile="0.5"} 0.1
go_gc_duration_seconds_sum 5
go_gc_duration_seconds_count 7
bare_total 9
bare 1
odd{path="a } b\" c"} 2
`

const openMetrics = `# TYPE vllm:prefix_cache_hits counter
# UNIT vllm:prefix_cache_hits tokens
# HELP vllm:prefix_cache_hits Tokens found.
vllm:prefix_cache_hits_total{engine="0"} 40.0 1700000000.123 # {trace_id="a"} 1.0 1700000000.1
vllm:prefix_cache_hits_created{engine="0"} 1.7e9
# TYPE state stateset
state{state="up"} 1
# TYPE build info
build_info{version="1"} 1
# TYPE what unknown
what 3
# TYPE lat histogram
lat_bucket{le="1.0"} 2 # {id="x"} 0.5
lat_bucket{le="+Inf"} 3
lat_sum 4.5
lat_count 3
lat_created 1.7e9
# EOF
`

func TestParse(t *testing.T) {
	s, err := observe.Parse([]byte(text), "text/plain; version=0.0.4")
	require.NoError(t, err)
	for _, c := range []struct {
		name   string
		labels []string
		value  float64
		sum    float64
	}{
		{"vllm:prefix_cache_hits_total", nil, 40, 42},
		{"vllm:prefix_cache_hits", []string{"engine", "1"}, 2, 2},
		{"dynamo_component_router_kv_hit_rate", nil, 4, 4},
		{"dynamo_component_router_kv_hit_rate_sum", nil, 2.4, 2.4},
		{"dynamo_component_router_kv_hit_rate_count", nil, 4, 4},
		{"go_gc_duration_seconds_sum", nil, 5, 5},
		{"odd", []string{"path", `a } b" c`}, 2, 2},
	} {
		v, ok := s.Value(c.name, c.labels...)
		require.True(t, ok, c.name)
		require.InDelta(t, c.value, v, 1e-12, c.name)
		v, ok = s.Sum(c.name, c.labels...)
		require.True(t, ok, c.name)
		require.InDelta(t, c.sum, v, 1e-12, c.name)
	}
	_, ok := s.Value("vllm:prefix_cache_hits", "engine", "2")
	require.False(t, ok)
	_, ok = s.Sum("absent")
	require.False(t, ok)
	for name, kind := range map[string]string{
		"bare_total": result.Counter, "bare": result.Gauge, "vllm:num_requests_waiting": result.Gauge, "go_gc_duration_seconds": result.Histogram,
	} {
		require.Equal(t, kind, s.Families[name].Kind, name)
	}
}

func TestParseOpenMetrics(t *testing.T) {
	for _, header := range []string{"application/openmetrics-text; version=1.0.0; charset=utf-8", ""} {
		s, err := observe.Parse([]byte(openMetrics), header)
		require.NoError(t, err)
		v, ok := s.Value("vllm:prefix_cache_hits", "engine", "0")
		require.True(t, ok)
		require.Equal(t, 40.0, v)
		require.Equal(t, result.Counter, s.Families["vllm:prefix_cache_hits_total"].Kind)
		require.Equal(t, result.Histogram, s.Families["lat"].Kind)
		v, ok = s.Value("lat_sum")
		require.True(t, ok)
		require.Equal(t, 4.5, v)
		v, _ = s.Value("what")
		require.Equal(t, 3.0, v)
	}
}

func TestDelta(t *testing.T) {
	parse := func(page string) observe.Sample {
		s, err := observe.Parse([]byte(page), "")
		require.NoError(t, err)
		return s
	}
	before, after := parse("a_total{w=\"1\"} 10\na_total{w=\"2\"} 50\n"), parse("a_total{w=\"1\"} 14\na_total{w=\"2\"} 3\na_total{w=\"3\"} 7\n")
	for _, c := range []struct {
		labels []string
		want   float64
	}{
		{nil, 4 + 3 + 7},                 // grown, begun anew, new
		{[]string{"w", "1"}, 4},          //
		{[]string{"w", "2"}, 3},          //
		{[]string{"w", "3", "x", ""}, 7}, // a label that is not there is empty
	} {
		v, ok := observe.Delta(before, after, "a", c.labels...)
		require.True(t, ok)
		require.Equal(t, c.want, v)
	}
	_, ok := observe.Delta(before, after, "b")
	require.False(t, ok)
	v, ok := observe.Delta(observe.Sample{}, after, "a_total", "w", "1")
	require.True(t, ok)
	require.Equal(t, 14.0, v)
}

func TestScrape(t *testing.T) {
	var accept string
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		accept = r.Header.Get("Accept")
		switch r.URL.Path {
		case "/text":
			w.Write([]byte(text))
		case "/open":
			w.Header().Set("Content-Type", "application/openmetrics-text; version=1.0.0")
			w.Write([]byte(openMetrics))
		case "/html":
			w.Write([]byte("<html>{\"a\":1}</html>"))
		default:
			http.NotFound(w, r)
		}
	}))
	defer web.Close()
	s, err := observe.Scrape(t.Context(), web.URL+"/text")
	require.NoError(t, err)
	require.Equal(t, web.URL+"/text", s.URL)
	require.False(t, s.At.IsZero())
	require.True(t, strings.HasPrefix(accept, "text/plain"), accept)
	_, err = observe.Scrape(t.Context(), web.URL+"/open")
	require.NoError(t, err)
	_, err = observe.Scrape(t.Context(), web.URL+"/gone")
	require.ErrorContains(t, err, "404")
	_, err = observe.Scrape(t.Context(), web.URL+"/html")
	require.ErrorContains(t, err, "no Prometheus text")
	_, err = observe.Scrape(t.Context(), "http://me:hidden@127.0.0.1:1/metrics")
	require.ErrorContains(t, err, "scrape http://127.0.0.1:1/metrics")
	require.NotContains(t, err.Error(), "hidden")
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		text, openMetrics, "", "\n\n", "a", "a{", `a{b="`, `a{b="\`, "# TYPE a counter\n# TYPE a gauge\na 1\n", "# TYPE\n# TYPE a\n#\n",
		"a NaN\nb +Inf\nc -Inf\nd 1e999\n", "{\"quoted name\", l=\"v\"} 1\n", "# TYPE h histogram\nh_bucket{le=\"x\"} 1\nh_sum NaN\n",
		"\xff\xfe{a=\"\xff\"} 1\n", "a_total 1 # {} 1\n", "# EOF", strings.Repeat("a{b=\"c\"} 1\n", 50), "a 1 2 3 4\n", "a\t1\r\n", "a{x=\"1\"}1\n",
	} {
		f.Add([]byte(seed), "text/plain")
		f.Add([]byte(seed), "application/openmetrics-text")
	}
	f.Fuzz(func(t *testing.T, page []byte, contentType string) {
		s, err := observe.Parse(page, contentType)
		if err != nil {
			return
		}
		for name := range s.Families {
			s.Value(name)
			s.Sum(name, "a", "b")
			d, ok := observe.Delta(s, s, name)
			if ok && d > 0 { // two series of the same labels tell nothing apart
				require.Greater(t, len(s.Families[name].Series), 1)
			}
		}
	})
}
