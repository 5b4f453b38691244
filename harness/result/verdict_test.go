package result_test

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/result"
)

func TestVerdictIsItsWorstRow(t *testing.T) {
	rows := func(all ...result.Status) result.Verdict {
		var v result.Verdict
		for _, s := range all {
			v.Rows = append(v.Rows, result.Row{Status: s})
		}
		return v
	}
	require.Equal(t, result.Pass, rows().Status())
	require.Equal(t, result.Inconclusive, rows(result.Pass, result.Inconclusive).Status())
	require.Equal(t, result.NoData, rows(result.NoData, result.Inconclusive).Status())
	require.Equal(t, result.Fail, rows(result.NoData, result.Fail, result.Pass).Status())
	require.Len(t, rows(result.NoData, result.Fail, result.Pass, result.Inconclusive).Failed(), 2)
}

func TestVerdictSurvivesItsFile(t *testing.T) {
	v := result.Verdict{Rows: []result.Row{
		{Goal: "P99 time_to_first_token <= 400ms", Metric: "time_to_first_token", Stat: "p99", Level: "c50", Dir: "c50",
			Op: "<=", Limit: 400, Value: 380, Low: 300, High: math.Inf(1), Unit: "ms", N: 150, Status: result.Inconclusive, Note: "few"},
		{Goal: "g", Metric: "m", Stat: "avg", Op: ">=", Value: math.NaN(), Low: math.Inf(-1), High: math.Inf(1), Status: result.NoData},
	}}
	b, err := json.Marshal(v)
	require.NoError(t, err)
	require.Contains(t, string(b), `"id":"time_to_first_token.p99"`)
	require.Contains(t, string(b), `"pass":false`)
	var back result.Verdict
	require.NoError(t, json.Unmarshal(b, &back))
	require.Empty(t, cmp.Diff(v, back, cmpopts.EquateNaNs()))
	dir, run := writeTree(t, t.TempDir(), "agg")
	run.Assertions = v
	require.NoError(t, result.WriteRun(dir, run))
	problems, err := result.Validate(dir)
	require.NoError(t, err)
	require.Empty(t, problems)
}

func TestRunIDsAreUniqueAndSortByTime(t *testing.T) {
	var ids []string
	for i := range 100 {
		ids = append(ids, result.NewRunID(base.Add(time.Duration(i)*time.Millisecond)))
		require.Len(t, ids[i], 26)
	}
	require.True(t, slices.IsSorted(ids))
	require.NotEqual(t, result.NewRunID(base), result.NewRunID(base))
}
