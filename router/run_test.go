package router

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/fixtures/sim"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/workload"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// small is a sweep of a second or so on engines that are fifty times too fast.
func small(modes ...Mode) PrefixRatio {
	return PrefixRatio{
		Ratios: []float64{0.5, 0.8}, ISL: 200, OSL: 4, Prefixes: 4, Requests: 24, Concurrency: 4, BodyStd: workload.NoStd, OSLStd: workload.NoStd,
		Modes: modes, Bed: fixtures.Topology{Engines: 2, Engine: sim.Config{BlockSize: 16, Speedup: 50}},
	}
}

// stackURL is the URL of a stack that stands until the test ends.
func stackURL(t *testing.T, mode fixtures.Mode) string {
	t.Helper()
	s, err := fixtures.Up(t.Context(), fixtures.Topology{Engines: 2, Router: mode, Engine: sim.Config{BlockSize: 16, Speedup: 50}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Down(context.WithoutCancel(t.Context()))) })
	return s.URL()
}

func TestEndpointThatStands(t *testing.T) {
	p := small()
	p.URLs, p.Workers, p.Seed, p.Control = []string{stackURL(t, fixtures.ModeKV) + "/v1"}, 2, 7, true
	p.Goodput = []metric.Limit{metric.Within(metric.TTFT, 0)}
	dir := t.TempDir()
	r, err := p.Run(t.Context(), dir)
	require.NoError(t, err)
	for _, f := range []string{
		"prefix_ratio_0.5_seed_7/profile_export_aiperf.json", "prefix_ratio_0.8_seed_8/profile_export.jsonl",
		"no_reuse_seed_9/run.json", SummaryFile, ParticipationFile, ArmPlot,
	} {
		require.FileExists(t, filepath.Join(dir, filepath.FromSlash(f)))
	}
	s := r.Arm(urlArm)
	require.Len(t, s.Points, 2)
	require.Equal(t, fixtures.DefaultModel, s.Config.Model)
	hit := func(p *Point) float64 { return float64(p.HitRate) }
	require.Greater(t, hit(s.Point(0.8)), hit(s.Point(0.5)))
	require.Zero(t, hit(s.Control))
	require.InDelta(t, 200, float64(s.Point(0.5).Input), 20, "and the chat template")
	require.Equal(t, 24, s.Point(0.5).OK)
	require.Zero(t, s.Point(0.5).Goodput, "no answer within no time at all")
	require.Equal(t, 2, s.Point(0.5).Workers)
	require.LessOrEqual(t, hit(s.Point(0.8)), 0.8)
	again, err := Participate(dir)
	require.NoError(t, err)
	require.Equal(t, 72, again.Requests)

	_, err = p.Run(t.Context(), dir)
	require.ErrorIs(t, err, harness.ErrExists)
}

// Replicas get their shares, the same prefixes and bodies of their own, and are
// merged by record.
func TestSeveralURLs(t *testing.T) {
	p := small()
	p.Ratios, p.Requests, p.NoPlot = []float64{0.5}, 25, true
	p.URLs = []string{stackURL(t, fixtures.ModeKV), stackURL(t, fixtures.ModeKV)}
	dir := t.TempDir()
	r, err := p.Run(t.Context(), dir)
	require.NoError(t, err)
	sets := map[string]bool{}
	for i, want := range []int{13, 12} {
		run, err := result.Load(filepath.Join(dir, "prefix_ratio_0.5_seed_0_url_"+string(rune('0'+i))))
		require.NoError(t, err)
		require.Equal(t, want, run.Levels[0].Requests)
		require.Equal(t, 2, run.Levels[0].Concurrency)
		h, err := dataset(run.Dir)
		require.NoError(t, err)
		sets[h] = true
	}
	require.Len(t, sets, 2, "bodies differ")
	require.Equal(t, 25, r.Arms[0].Points[0].Requests)
	require.Equal(t, 4, r.Arms[0].Points[0].Workers, "two behind each")
}

func TestAFailedURLFailsTheRun(t *testing.T) {
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "gone", http.StatusInternalServerError) }))
	t.Cleanup(broken.Close)
	p := small()
	p.Ratios, p.NoPlot, p.Model, p.ReadyTimeout = []float64{0.5}, true, fixtures.DefaultModel, 300*time.Millisecond
	p.URLs = []string{stackURL(t, fixtures.ModeRoundRobin), broken.URL}
	_, err := p.Run(t.Context(), t.TempDir())
	require.ErrorContains(t, err, broken.URL)
	require.ErrorContains(t, err, "prefix_ratio_0.5_seed_0")

	p.URLs = []string{"http://127.0.0.1:1"}
	_, err = p.Run(t.Context(), t.TempDir())
	require.ErrorContains(t, err, "127.0.0.1:1")
}

func TestFewerWorkersThanAsked(t *testing.T) {
	p := small()
	p.URLs, p.Workers = []string{stackURL(t, fixtures.ModeKV)}, 3
	dir := t.TempDir()
	_, err := p.Run(t.Context(), dir)
	require.ErrorIs(t, err, ErrCheck)
	require.ErrorContains(t, err, "knows 2 workers, 3 were asked for")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries, "nothing was measured")
}

func TestModesInTurns(t *testing.T) {
	p := small("round-robin", "kv")
	p.Pairs = 2
	dir := t.TempDir()
	r, err := p.Run(t.Context(), dir)
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(dir, result.ComparisonFile))
	require.FileExists(t, filepath.Join(dir, ComparePlot))
	require.FileExists(t, filepath.Join(dir, "kv", "rep-2", "prefix_ratio_0.5_seed_0", "profile_export_aiperf.json"))
	require.FileExists(t, filepath.Join(dir, "kv", ArmPlot))
	kv, rr := r.Arm("kv"), r.Arm("round-robin")
	require.Equal(t, 48, kv.Point(0.8).Requests)
	require.Equal(t, kv.Point(0.5).Dataset, rr.Point(0.5).Dataset)
	require.NotEmpty(t, kv.Point(0.5).Dataset)
	e, ok := r.Ratio("kv", metric.TTFT.Def().Key, "avg", 0.8)
	require.True(t, ok)
	require.Equal(t, 2, e.N)
	names := map[string]bool{}
	for _, c := range append(kv.Checks, rr.Checks...) {
		require.True(t, c.OK, c)
		names[c.Name] = true
	}
	require.Equal(t, map[string]bool{"failures": true, "participation": true, "dataset": true, "kv events": true, "affinity": true}, names)
	onDisk, err := ReadSummary(filepath.Join(dir, "kv"))
	require.NoError(t, err)
	require.Equal(t, kv.Point(0.8).HitRate, onDisk.Point(0.8).HitRate)
	_, err = CompareSummaries(dir, []string{"kv", "rr"}, []Summary{*kv, *rr})
	require.NoError(t, err)
}

// A KV arm whose engines tell nothing is named, not measured as if it were one.
func TestKVArmWithoutEvents(t *testing.T) {
	p := small("kv")
	p.Bed.Engine.NoPrefixCaching = true
	dir := t.TempDir()
	r, err := p.Run(t.Context(), dir)
	require.ErrorIs(t, err, ErrCheck)
	require.ErrorContains(t, err, "kv events: the router exposes no")
	require.NotEmpty(t, r.Arm("kv").Void)
	require.Len(t, r.Arm("kv").Points, 2, "what was measured is kept")
	require.FileExists(t, filepath.Join(dir, "kv", SummaryFile))
	require.NoFileExists(t, filepath.Join(dir, "kv", ArmPlot))

	p.Modes, p.Pairs, p.Ratios = []Mode{"round-robin", "random", "kv"}, 1, []float64{0.5}
	r, err = p.Run(t.Context(), t.TempDir())
	require.ErrorIs(t, err, ErrCheck)
	require.Contains(t, r.Arm("kv").Void, "events")
	require.Empty(t, r.Arm("kv").Points)
	require.Len(t, r.Arm("random").Points, 1, "the others stand")
}

// A mode whose check failed costs the others no repeats, and says why once.
func TestAVoidModeIsNotRunAgain(t *testing.T) {
	p := small("round-robin", "random", "kv")
	p.Bed.Engine.NoPrefixCaching, p.Pairs, p.Ratios, p.NoPlot = true, 2, []float64{0.5}, true
	r, err := p.Run(t.Context(), t.TempDir())
	require.ErrorIs(t, err, ErrCheck)
	require.NotErrorIs(t, err, ErrMissing)
	require.Equal(t, 1, strings.Count(err.Error(), "the router exposes no"), err)
	require.Len(t, r.Comparison.Pairs, 2, "no repeats")
	require.Contains(t, r.Comparison.Arm("kv").Dropped, "kv is not measured as what it is called")
	require.Equal(t, 1, r.Comparison.Arm("kv").Failed)
	require.Equal(t, 2, r.Arm("round-robin").Point(0.5).Runs)
	require.Equal(t, 2, r.Arm("random").Point(0.5).Runs)

	p.Modes, p.Pairs = []Mode{"round-robin", "random"}, 3
	p.Workers = 3
	_, err = p.Run(t.Context(), t.TempDir())
	require.ErrorIs(t, err, ErrCheck)
	require.ErrorContains(t, err, "random, workers: its router knows 2 workers, 3 were asked for")
}

func TestValidate(t *testing.T) {
	for want, spoil := range map[string]func(*PrefixRatio){
		"prefix ratio 1.5":          func(p *PrefixRatio) { p.Ratios = []float64{1.5} },
		"given twice":               func(p *PrefixRatio) { p.Ratios = []float64{0.5, 0.5} },
		"neither a URL nor a mode":  func(p *PrefixRatio) { p.Modes = nil },
		"exclude each other":        func(p *PrefixRatio) { p.URLs = []string{"http://a"} },
		`no rule "ouija"`:           func(p *PrefixRatio) { p.Modes = []Mode{"ouija"} },
		`no router "vllm"`:          func(p *PrefixRatio) { p.Modes = []Mode{"vllm:kv"} },
		`no rule "kv"; vllm-router`: func(p *PrefixRatio) { p.Modes = []Mode{"vllm-router:kv"} },
		"at most 10000000 tokens":   func(p *PrefixRatio) { p.ISL = 1e12 },
		"tokens in all":             func(p *PrefixRatio) { p.Prefixes = 1e12 },
		"concurrency 1000000000":    func(p *PrefixRatio) { p.Concurrency = 1e9 },
		`scheme "ftp"`:              func(p *PrefixRatio) { p.Modes, p.URLs = nil, []string{"ftp://a"} },
		`mode "kv": given twice`:    func(p *PrefixRatio) { p.Modes = []Mode{"kv", "kv"} },
		"-1 requests":               func(p *PrefixRatio) { p.Requests = -1 },
		"2 URLs for 1 requests":     func(p *PrefixRatio) { p.Modes, p.URLs, p.Requests = nil, []string{"http://a", "http://b"}, 1 },
		"URL http://a: given":       func(p *PrefixRatio) { p.Modes, p.URLs = nil, []string{"http://a", "http://a/v1/"} },
		"want 0 or more tokens":     func(p *PrefixRatio) { p.BodyStd = -2 },
		"OSL -4: want at least 1":   func(p *PrefixRatio) { p.OSL = -4 },
	} {
		p := small("kv")
		spoil(&p)
		_, err := p.Run(t.Context(), t.TempDir())
		require.ErrorIs(t, err, harness.ErrUsage, want)
		require.ErrorContains(t, err, want)
	}
}

func TestTokenIDs(t *testing.T) {
	p := small("kv")
	p.Ratios, p.TokenIDs, p.NoPlot = []float64{0.8}, true, true
	r, err := p.Run(t.Context(), t.TempDir())
	require.NoError(t, err)
	require.InDelta(t, 200, float64(r.Arms[0].Points[0].Input), 1, "no template")
	require.Positive(t, float64(r.Arms[0].Points[0].HitRate))
}
