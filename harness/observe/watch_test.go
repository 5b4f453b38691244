package observe

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/internal/wait"
)

// engine is a page whose counters grow by one each scrape.
func engine(t *testing.T, n *atomic.Int64, page func(n int64) string) string {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, page(n.Add(1)))
	}))
	t.Cleanup(web.Close)
	return web.URL + "/metrics"
}

func vllm(n int64) string {
	return fmt.Sprintf(`# TYPE vllm:prefix_cache_queries_total counter
vllm:prefix_cache_queries_total{engine="0"} %d
# TYPE vllm:prefix_cache_hits_total counter
vllm:prefix_cache_hits_total{engine="0"} %d
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{engine="0"} %d
# TYPE vllm:time_to_first_token_seconds histogram
vllm:time_to_first_token_seconds_bucket{le="1"} %d
vllm:time_to_first_token_seconds_sum %g
vllm:time_to_first_token_seconds_count %d
vllm:time_to_first_token_seconds_created 1e9
# TYPE python_gc counter
python_gc_total 5
`, 1000+100*n, 40*n, n%5, n, 0.25*float64(n), n)
}

func TestAWatchSaysWhatChanged(t *testing.T) {
	var n atomic.Int64
	url := engine(t, &n, vllm)
	w := Start(t.Context(), Config{URLs: []string{url}, Every: time.Millisecond})
	require.NoError(t, wait.AtMost(t.Context(), time.Minute, time.Millisecond, func(context.Context) error {
		if n.Load() < 8 {
			return fmt.Errorf("%d scrapes", n.Load())
		}
		return nil
	}))
	o, p := w.Stop(t.Context())
	first, last := 1.0, float64(n.Load())
	require.Greater(t, o.URLs[0].Scrapes, 7)
	require.Zero(t, o.URLs[0].Failed, "a scrape that Stop cut short is no failure")
	require.Empty(t, o.URLs[0].Error)
	v, ok := o.Sum("vllm:prefix_cache_queries")
	require.True(t, ok)
	require.Equal(t, 100*(last-first), v)
	hit, ok := o.CacheHit()
	require.True(t, ok)
	require.InDelta(t, 0.4, hit, 1e-9)
	top, ok := o.Waiting()
	require.True(t, ok)
	require.Equal(t, 4.0, top)
	mean, ok := o.Mean("vllm:time_to_first_token_seconds")
	require.True(t, ok)
	require.InDelta(t, 0.25, mean, 1e-9)
	for _, s := range o.Series {
		require.NotContains(t, s.Name, "python")
		require.NotContains(t, s.Name, "created")
	}
	require.Contains(t, o.Brief(), "cache hits 40 %, queue up to 4")
	require.Len(t, p.Series, 4)
	require.Len(t, p.Series[0].At, o.URLs[0].Scrapes)
	require.IsIncreasing(t, p.Series[0].At)
}

func TestAPageThatDoesNotAnswerIsNamed(t *testing.T) {
	var n atomic.Int64
	good := engine(t, &n, vllm)
	hang := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(hang.Close)
	w := Start(t.Context(), Config{
		URLs: []string{"http://127.0.0.1:1/metrics", good, hang.URL, "http://me:secret@127.0.0.1:2/metrics", "::no url"}, Limit: 30 * time.Millisecond,
	})
	o, p := w.Stop(t.Context())
	require.Equal(t, 2, o.URLs[1].Scrapes)
	require.Empty(t, o.URLs[1].Error)
	for i, want := range []string{"refused", "", "deadline", "refused", "missing protocol"} {
		require.Contains(t, o.URLs[i].Error, want)
		require.NotContains(t, o.URLs[i].URL+o.URLs[i].Error, "secret")
	}
	require.Equal(t, 2, o.URLs[0].Failed)
	require.Len(t, p.URLs, 5)
	for _, s := range o.Series {
		require.Equal(t, 1, s.URL)
	}
}

func TestNothingToWatch(t *testing.T) {
	w := Start(t.Context(), Config{})
	o, p := w.Stop(t.Context())
	require.Nil(t, o)
	require.Nil(t, p)
	_, ok := o.CacheHit()
	require.False(t, ok)
	require.Empty(t, o.Brief())
	require.Nil(t, o.WorkerRequests())
}

func TestAnEndedContextStillGetsItsLastScrape(t *testing.T) {
	var n atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	w := Start(ctx, Config{URLs: []string{engine(t, &n, vllm)}})
	cancel()
	o, _ := w.Stop(ctx)
	require.Equal(t, 2, o.URLs[0].Scrapes)
	require.Zero(t, o.URLs[0].Failed)
}

// grow makes a page with a counter and a histogram that stand at the values.
func grow(t *testing.T, p *page, at int64, page string) {
	t.Helper()
	s, err := parse([]byte(page), "", &filter{keep: known})
	require.NoError(t, err)
	p.add(s, at)
}

func TestASeriesThatBeginsLateOrAnewCountsFromZero(t *testing.T) {
	p := &page{series: map[string]*track{}}
	histogram := "# TYPE dynamo_h histogram\ndynamo_h_sum %g\ndynamo_h_count %d\n"
	grow(t, p, 1, "dynamo_a_total 100\n"+fmt.Sprintf(histogram, 50.0, 10))
	grow(t, p, 2, "dynamo_a_total 103\ndynamo_new_total{worker=\"2\"} 7\n"+fmt.Sprintf(histogram, 56.0, 12))
	grow(t, p, 3, "dynamo_a_total 4\ndynamo_new_total{worker=\"2\"} 9\n"+fmt.Sprintf(histogram, 3.0, 1))
	w := &Watch{pages: []*page{p}}
	o := w.observed()
	for name, want := range map[string]float64{"dynamo_a": 7, "dynamo_new": 9, "dynamo_h": 3} {
		v, ok := o.Sum(name)
		require.True(t, ok, name)
		require.Equal(t, want, v, name)
	}
	mean, ok := o.Mean("dynamo_h")
	require.True(t, ok)
	require.InDelta(t, (6.0+3.0)/3, mean, 1e-12)
	require.Equal(t, map[string]float64{"2": 9}, o.By("dynamo_new", "worker"))
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	p := &page{series: map[string]*track{}}
	for i := range 10_000 {
		grow(t, p, int64(i+1), fmt.Sprintf("vllm:a_total %d\n", i))
	}
	w := &Watch{pages: []*page{p}}
	points := w.points().Series[0]
	require.LessOrEqual(t, len(points.At), maxPoints)
	require.GreaterOrEqual(t, len(points.At), maxPoints/2)
	require.EqualValues(t, 1, points.At[0])
	step := points.At[1] - points.At[0]
	for i := range points.At[1:] {
		require.Equal(t, step, points.At[i+1]-points.At[i], "the points stay in step")
	}
	require.Equal(t, 9999.0, w.observed().Series[0].Delta)

	var many strings.Builder
	for i := range 3 * maxSeries {
		fmt.Fprintf(&many, "vllm:b_total{x=\"%d\",y=\"%s\"} 1\n", i, strings.Repeat("y", 500))
	}
	grow(t, p, 20_000, many.String())
	o := w.observed()
	require.Len(t, o.Series, maxSeries)
	require.Equal(t, 2*maxSeries+1, o.LeftOut)
	require.Len(t, o.Series[1].Labels["y"], maxLabel)
}

func TestInfinitiesAndNaNsAreNotKept(t *testing.T) {
	p := &page{series: map[string]*track{}}
	grow(t, p, 1, "vllm:a NaN\nvllm:b +Inf\nvllm:c 1\nvllm:d_total NaN\n")
	o := (&Watch{pages: []*page{p}}).observed()
	require.Len(t, o.Series, 1)
	require.Equal(t, result.Gauge, o.Series[0].Kind)
}

// Dropping what is not wanted before it is parsed is what keeps a scrape cheap.
func TestAWatchLeavesTheBucketsUnparsed(t *testing.T) {
	text := bigPage()
	cost := func(f filter) float64 {
		return testing.AllocsPerRun(3, func() {
			_, err := parse(text, "", &f)
			require.NoError(t, err)
		})
	}
	require.Less(t, 4*cost(filter{keep: known}), cost(filter{buckets: true}))
}
