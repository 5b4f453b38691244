package harness_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures/engine"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/gate"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/report"
	"github.com/dynbench/dynbench/harness/result"
)

func TestRunPairsKeepsItsArtifacts(t *testing.T) {
	p := within(t, &probeT{}, func(p *probeT) {
		c := harness.RunPairs(p, harness.Comparing{Arms: []harness.Arm{arm("slow", &fresh{speedup: 5}), arm("fast", &fresh{speedup: 50})}, Pairs: 2})
		require.Equal(t, "Probe-part-one", c.Name)
		gate.RequireClaims(p, c, gate.RatioOf("fast", metric.TTFT, "avg").AtMost(100))
	})
	require.Empty(t, p.errors)
	dir := filepath.Join(p.dir, "Probe-part-one")
	text, err := os.ReadFile(filepath.Join(dir, report.SummaryText))
	require.NoError(t, err)
	require.Contains(t, string(text), "avg time_to_first_token of fast / slow <= 100")
	require.Contains(t, string(text), "comparison_vs_concurrency.png")
	require.FileExists(t, filepath.Join(dir, "comparison_vs_concurrency.png"))
	c, err := result.ReadComparison(dir)
	require.NoError(t, err)
	require.Len(t, c.Verdict.Rows, 1)
	require.Contains(t, strings.Join(p.logs, "\n"), "Against slow")
	problems, err := result.Validate(dir)
	require.NoError(t, err)
	require.Empty(t, problems)
}

func TestRunPairsFailsATestWhosePairsAreNotWhole(t *testing.T) {
	dead := &fresh{refuse: func(int32) error { return errors.New("no such binary") }}
	p := within(t, &probeT{}, func(p *probeT) {
		harness.RunPairs(p, harness.Comparing{Arms: []harness.Arm{arm("a", &fresh{speedup: 50}), arm("b", dead)}, Pairs: 1, NoPlot: true})
	})
	require.Len(t, p.errors, 1)
	require.Contains(t, p.errors[0], "no such binary")
	p = within(t, &probeT{}, func(p *probeT) { harness.RunPairs(p, harness.Comparing{Pairs: 1}) })
	require.Contains(t, p.fatal, "0 arms")
}

func TestRunPairsEndsBeforeTheDeadline(t *testing.T) {
	tgt, _ := serve(t, engine.Faults{})
	p := within(t, &probeT{deadline: time.Now().Add(2 * time.Second)}, func(p *probeT) {
		a, b := arm("a", nil), arm("b", nil)
		a.Up, b.Up = harness.Standing(tgt), harness.Standing(tgt)
		harness.RunPairs(p, harness.Comparing{Arms: []harness.Arm{a, b}, Pairs: 1_000_000, NoPlot: true})
	})
	require.Len(t, p.errors, 1)
	require.Contains(t, p.errors[0], "-timeout")
}

func TestALevelIsObservedByTheTargetsOwnMetrics(t *testing.T) {
	tgt, _ := serve(t, engine.Faults{})
	tgt.Metrics = []string{tgt.URL + "/metrics", "http://127.0.0.1:1/metrics"}
	out := t.TempDir()
	s := small(2)
	run, err := s.Run(t.Context(), tgt, out)
	require.NoError(t, err)
	require.Equal(t, result.Complete, run.State, run.Reason)
	back, err := result.Load(filepath.Join(out, "b"))
	require.NoError(t, err)
	o := back.Levels[0].Observed
	require.NotNil(t, o)
	served, ok := o.Sum("vllm:request_success")
	require.True(t, ok)
	require.EqualValues(t, back.Levels[0].Requests+back.Levels[0].Window.Warmup, served)
	tokens, ok := o.Sum("vllm:prompt_tokens")
	require.True(t, ok)
	require.Positive(t, tokens)
	require.Contains(t, o.URLs[1].Error, "refused")
	require.Contains(t, strings.Join(back.Warnings, "\n"), "metrics are not all there")
	points, err := result.ReadPoints(filepath.Join(out, "b", "c2"))
	require.NoError(t, err)
	require.NotEmpty(t, points.Series)
	require.WithinDuration(t, back.Levels[0].Base, points.Base, time.Microsecond)
	problems, err := result.Validate(out)
	require.NoError(t, err)
	require.Empty(t, problems)
	var text strings.Builder
	require.NoError(t, report.Summarize("p", nil, []*result.Run{back}, report.Options{}).WriteText(&text))
	require.Contains(t, text.String(), "By the target's own metrics: cache hits")
}
