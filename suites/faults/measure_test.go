package faults

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/arrival"
	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/workload"
	"github.com/dynbench/dynbench/internal/wait"
)

// measured is one level that was asked while something went wrong, request by
// request.
type measured struct {
	result.Level
	records []record.Record
	run     *result.Run
}

// ask is what the tests of this suite ask: prompts with shared beginnings, at a
// steady rate whatever happens to the target.
type ask struct {
	rate     float64 // requests a second
	lasting  time.Duration
	prefixes int // that prompts begin with
	osl      int // [48]
	churn    fixtures.Churn
	plot     bool // in the short form too
}

// of asks the stack and checks that no request was lost from the books.
func (a ask) of(t *testing.T, stack *fixtures.Stack) measured {
	t.Helper()
	require.NoError(t, a.churn.Check())
	level := load.Rate(arrival.Constant{Rate: a.rate})
	level[0].Plan.Warmup, level[0].Plan.Measure = load.NoWarmup, load.For(a.lasting)
	sweep := harness.Sweep{
		Workload: workload.PrefixPool{ISL: 1200, Ratio: 0.9, Prefixes: a.prefixes, BodyStd: workload.NoStd, OSL: cmp.Or(a.osl, 48), OSLStd: workload.NoStd},
		Levels:   level, MaxErrorRate: 1, NoPlot: true, Salt: "churn",
		Client: harness.ClientOptions{Timeout: 30 * time.Second, Extra: map[string]any{"nvext": map[string]any{"extra_fields": []string{"worker_id"}}}},
	}
	if len(a.churn.Events) > 0 {
		sweep.Beside, sweep.NoPlot = a.churn.Beside(stack), testing.Short() && !a.plot
	}
	run := harness.Run(t, stack, sweep)
	require.Len(t, run.Levels, 1)
	m := measured{Level: run.Levels[0], run: run}
	for r, err := range record.ReadFile(filepath.Join(run.Dir, m.Dir, result.RecordsFile)) {
		require.NoError(t, err)
		m.records = append(m.records, r)
	}
	m.accounted(t)
	for _, e := range m.Events {
		require.Empty(t, e.Error, e.Label())
	}
	return m
}

// accounted checks that each request that was sent has ended in one way, and
// that each failure says why.
func (m measured) accounted(t *testing.T) {
	t.Helper()
	require.True(t, m.Window.Complete, m.Window.Reason)
	require.Len(t, m.records, m.Window.Sent, "a record for each request that was sent")
	require.Equal(t, m.Window.Sent, m.Requests)
	ids, kinds := map[uint64]bool{}, map[string]int{}
	for _, r := range m.records {
		ids[r.ID] = true
		kinds[r.Outcome.String()]++
		if r.Outcome.Failed() {
			require.NotNil(t, r.Error, "request %d failed as %s", r.ID, r.Outcome)
			require.NotEmpty(t, r.Error.Message)
			require.NotEqual(t, record.Client, r.Outcome, r.Error.Message)
		}
	}
	require.Len(t, ids, len(m.records), "each request once")
	sum := 0
	for kind, n := range m.Outcomes {
		require.Equal(t, kinds[kind], n, kind)
		sum += n
	}
	require.Equal(t, len(m.records), sum, "the outcomes are those of the records")
	t.Logf("%d requests: %v", len(m.records), kinds)
}

// failed are the requests that did.
func (m measured) failed() []record.Record {
	return slices.DeleteFunc(slices.Clone(m.records), func(r record.Record) bool { return !r.Outcome.Failed() })
}

// only checks that the failures are of these kinds.
func (m measured) only(t *testing.T, kinds ...record.Outcome) {
	t.Helper()
	for _, r := range m.failed() {
		require.Contains(t, kinds, r.Outcome, "request %d: %s", r.ID, r.Error.Message)
	}
}

// settled checks that no request failed later than within after the event, up
// to the next one.
func (m measured) settled(t *testing.T, what fixtures.Action, within time.Duration) {
	t.Helper()
	i := slices.IndexFunc(m.Events, func(e result.Event) bool { return e.What == string(what) })
	require.GreaterOrEqual(t, i, 0, "no %s happened", what)
	from, until := m.Events[i].At+m.Events[i].Took, m.Window.End
	if i+1 < len(m.Events) {
		until = m.Events[i+1].At
	}
	last := time.Duration(0)
	for _, r := range m.failed() {
		if r.End > from && r.End < until {
			last = max(last, time.Duration(r.End-from))
		}
	}
	t.Logf("%s: the last failure %s after it", m.Events[i].Label(), last.Round(time.Millisecond))
	require.LessOrEqual(t, last, within, "after %s", m.Events[i].Label())
}

// workers counts the requests that each engine answered.
func (m measured) workers() map[uint64]int {
	served := map[uint64]int{}
	for _, r := range m.records {
		if r.OK() {
			served[r.Decode]++
		}
	}
	delete(served, 0)
	return served
}

// hitRate is the share of prompt tokens that were cached, of the requests after
// the given part of them all, as they were sent.
func (m measured) hitRate(from float64) float64 {
	records := slices.SortedFunc(slices.Values(m.records), func(a, b record.Record) int { return cmp.Compare(a.Sent, b.Sent) })
	input, cached := 0, 0
	for _, r := range records[int(from*float64(len(records))):] {
		if r.OK() {
			input, cached = input+r.Input, cached+r.Cached
		}
	}
	return float64(cached) / float64(max(input, 1))
}

// up brings up a stack whose engines can be killed, or skips.
func up(t *testing.T, topo fixtures.Topology) *fixtures.Stack {
	t.Helper()
	placed, err := fixtures.FromEnv(topo, os.LookupEnv)
	fixtures.SkipMissing(t, "", err)
	if kind, _, _ := strings.Cut(cmp.Or(placed.EngineKind, "embedded"), ":"); kind != "embedded" || placed.URL != "" {
		t.Skipf("engines are %s: this suite hurts simulated engines alone", cmp.Or(placed.URL, placed.EngineKind))
	}
	beside(t)
	return fixtures.Start(t, topo)
}

// beside lets the tests of the short form run beside each other: they measure
// nothing, and mostly wait.
func beside(t *testing.T) {
	if testing.Short() {
		t.Parallel()
	}
}

// quick is d for -short, whole otherwise, and more at night.
func quick(d, whole time.Duration) time.Duration {
	if testing.Short() {
		return d
	}
	return times * whole
}

// says waits until the frontend has said what matches: lines of a process or a
// container come a moment later.
func says(t *testing.T, stack *fixtures.Stack, pattern string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	re := regexp.MustCompile(pattern)
	require.NoError(t, wait.Until(ctx, 20*time.Millisecond, func(context.Context) error {
		if said := log(stack); !re.MatchString(said) {
			return fmt.Errorf("the frontend did not say %q but:\n%s", pattern, said)
		}
		return nil
	}))
}

// log is what the frontend said last.
func log(stack *fixtures.Stack) string {
	for _, p := range stack.Parts() {
		if p.Kind == "frontend" {
			return p.Log()
		}
	}
	return ""
}

func sorted[K ~uint64](m map[K]int) []int { return slices.Sorted(maps.Values(m)) }
