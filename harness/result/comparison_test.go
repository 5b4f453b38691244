package result

import (
	"flag"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
)

// compared is a comparison with everything that its file can hold.
func compared() *Comparison {
	inf := math.Inf(1)
	return &Comparison{
		Name: "routers", State: ComparisonPartial, Reason: "enough", Tool: Tool{Name: "dynbench"}, Seed: 3, Salt: "s", Planned: 2,
		Command: "dynbench router --api-key sk-1", Metrics: []string{"time_to_first_token", "cache_hit_ratio"},
		Arms: []ComparisonArm{
			{Name: "rr", Good: 2, Target: TargetInfo{URL: "http://me:secret@host:1", Model: "m"}, Workload: WorkloadInfo{Kind: "synthetic"}},
			{Name: "kv", Good: 1, Failed: 4, Dropped: "failed 4 times in a row"},
		},
		Pairs: []ComparisonPair{
			{Number: 1, Seed: 3, Salt: "s/1", Runs: []ComparisonRun{{Arm: "kv", Dir: "kv/rep-1", RunID: "a", Good: true, UpS: 0.5}, {Arm: "rr", Dir: "rr/rep-1", RunID: "b", Good: true}}},
			{Number: 2, Repeat: 1, Seed: 4, Salt: "s/2", Runs: []ComparisonRun{{Arm: "rr", Reason: "http://u:p@x refused"}}},
		},
		Levels: []ComparisonLevel{{Name: "c4", Concurrency: 4, Axes: map[string]float64{"prefix_ratio": 0.5}, Arms: []ArmLevel{
			{Arm: "rr", Runs: 2, Requests: 10, InputTokens: 100, CachedTokens: 40, CachedInput: 80, Rejected: 1, Errors: 1, Outcomes: map[string]int{"ok": 9, "http_error": 1}},
			{Arm: "kv", Runs: 1, Requests: 5},
		}}},
		Rows: []ComparisonRow{{Level: "c4", Metric: "time_to_first_token", Stat: "avg", Unit: "ms", Better: "lower", Arms: []ArmFigure{
			{Arm: "rr", Pairs: []int{1, 2}, Values: []float64{10, 12}, Mean: Estimate{11, 9, 13, 2}, Median: 11},
			{Arm: "kv", Pairs: []int{1}, Values: []float64{5}, Mean: Estimate{5, -inf, inf, 1}, Median: 5, Ratio: &Estimate{0.5, -inf, inf, 1}, Difference: &Estimate{-5, -inf, inf, 1}},
		}}},
		Warnings: []string{"pair 2: http://u:p@x"},
	}
}

func TestAComparisonIsReadAsItWasWritten(t *testing.T) {
	dir, c := t.TempDir(), compared()
	require.NoError(t, WriteComparison(dir, c))
	back, err := ReadComparison(dir)
	require.NoError(t, err)
	b, err := os.ReadFile(filepath.Join(dir, ComparisonFile))
	require.NoError(t, err)
	require.NoError(t, (&checker{}).check("comparison", b))
	for _, secret := range []string{"secret", "sk-1", "u:p@"} {
		require.NotContains(t, string(b), secret)
	}
	want := c.redacted()
	require.Empty(t, cmp.Diff(&want, back, cmpopts.EquateEmpty()))
	require.Equal(t, "http://me:secret@host:1", c.Arms[0].Target.URL, "what is in memory stays")
	path := filepath.Join("testdata", "golden", "comparison.json")
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		require.NoError(t, os.WriteFile(path, b, 0o644))
	}
	held, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(held), string(b))
}

func TestFindingInAComparison(t *testing.T) {
	c := compared()
	e, ok := c.Ratio("kv", "time_to_first_token", "avg", "")
	require.True(t, ok)
	require.Equal(t, 0.5, e.Value)
	require.False(t, e.Bounded())
	e, ok = c.Mean("rr", "time_to_first_token", "avg", "c4")
	require.True(t, ok)
	require.True(t, e.Bounded())
	for _, miss := range [][4]string{
		{"rr", "time_to_first_token", "avg", "c4"}, {"xx", "time_to_first_token", "avg", "c4"},
		{"kv", "nothing", "avg", "c4"}, {"kv", "time_to_first_token", "p50", "c4"}, {"kv", "time_to_first_token", "avg", "c5"},
	} {
		_, ok := c.Ratio(miss[0], miss[1], miss[2], miss[3])
		require.False(t, ok, "%v", miss)
		_, ok = c.Difference(miss[0], miss[1], miss[2], miss[3])
		require.False(t, ok, "%v", miss)
	}
	l, ok := c.Level("").Arm("rr")
	require.True(t, ok)
	share, ok := l.CachedShare()
	require.True(t, ok)
	require.Equal(t, 0.5, share)
	kv, _ := c.Level("c4").Arm("kv")
	_, ok = kv.CachedShare()
	require.False(t, ok)
	_, ok = c.Level("c5").Arm("kv")
	require.False(t, ok)
	require.Equal(t, "rr", c.Base())
	require.Nil(t, c.Arm("xx"))
	require.Empty(t, (&Comparison{}).Base())
}

func TestBrokenComparisonsAreRefused(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"no JSON":      `{`,
		"other schema": `{"schema":"bench.run/1"}`,
		"newer":        `{"schema":"dynbench.comparison/2"}`,
		"outside":      `{"schema":"dynbench.comparison/1","pairs":[{"runs":[{"dir":"../../etc"}]}]}`,
		"values":       `{"schema":"dynbench.comparison/1","rows":[{"arms":[{"pairs":[1],"values":[]}]}]}`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, ComparisonFile), []byte(text), 0o644))
		_, err := ReadComparison(dir)
		require.ErrorContains(t, err, ComparisonFile, name)
	}
	_, err := ReadComparison(t.TempDir())
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestValidateFindsRunsThatAreNotThoseOfTheirPair(t *testing.T) {
	dir, c := t.TempDir(), compared()
	require.NoError(t, WriteComparison(dir, c))
	run := &Run{Name: "rr", RunID: "b", Seed: 3, Salt: "other", State: Complete, Tool: Tool{Name: "dynbench"}}
	require.NoError(t, CreateRun(filepath.Join(dir, "rr", "rep-1"), run))
	problems, err := Validate(dir)
	require.NoError(t, err)
	require.Len(t, problems, 2)
	require.Contains(t, problems[0].String(), "pair 1: run of kv")
	require.Contains(t, problems[1].String(), "the run of rr had other prompts")
}

func FuzzParseComparison(f *testing.F) {
	b, err := os.ReadFile("testdata/golden/comparison.json")
	require.NoError(f, err)
	f.Add(b)
	f.Add([]byte(`{"schema":"dynbench.comparison/1","rows":[{"arms":[{"mean":{"low":null}}]}],"levels":[{}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := parseComparison(b)
		if err != nil {
			return
		}
		c.Ratio("kv", "time_to_first_token", "avg", "")
		c.Level("").Arm("kv")
		out := c.redacted()
		text, err := marshal(&out)
		require.NoError(t, err)
		_, err = parseComparison(text)
		require.NoError(t, err)
	})
}

func FuzzParsePoints(f *testing.F) {
	f.Add([]byte(`{"schema":"dynbench.observed/1","urls":["u"],"series":[{"name":"a","url":0,"at":[1],"value":[2]}]}`))
	f.Add([]byte(`{"schema":"dynbench.observed/1","series":[{"url":-1}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parsePoints(b)
		if err != nil {
			return
		}
		for _, s := range p.Series {
			require.Len(t, s.Value, len(s.At))
			_ = p.URLs[s.URL]
		}
	})
}
