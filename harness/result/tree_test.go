package result_test

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		write(t, got, path)
	}
	if diff := cmp.Diff(read(t, path), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestTreeFilesAreTheGoldenOnes(t *testing.T) {
	dir, run := t.TempDir(), newRun("agg")
	run.Set = metric.Set{}.With(metric.TTFT, metric.OSL, metric.TTST, metric.RequestThroughput, metric.RequestCount, metric.ErrorRate)
	writeRun(t, dir, run)
	for _, name := range []string{result.RunFile, result.TidyFile, result.BenchFile,
		"c2/" + result.ExportFile, "c2/" + result.CSVFile, "c2/" + result.StatusFile, "c2/" + result.RecordsFile, "c2/" + result.InputsFile} {
		got := read(t, dir, name)
		require.NotContains(t, got, "secret", name)
		if name == "c2/"+result.ExportFile {
			got = withoutLocalTime(got)
		}
		golden(t, strings.ReplaceAll(name, "/", "_"), got)
	}
}

// withoutLocalTime drops the two keys that depend on the zone of the machine.
func withoutLocalTime(s string) string {
	lines := strings.SplitAfter(s, "\n")
	out := ""
	for _, l := range lines {
		if !strings.HasPrefix(l, `  "start_time"`) && !strings.HasPrefix(l, `  "end_time"`) {
			out += l
		}
	}
	return out
}

func TestLoadGivesBackWhatWasWritten(t *testing.T) {
	dir, run := writeTree(t, t.TempDir(), "agg")
	got, err := result.Load(dir)
	require.NoError(t, err)
	want := *run
	want.Target.URL, want.Target.Parts[0].URL, want.Command = "http://h:8000", "http://h:8000", "dynbench load --url http://h:8000"
	diff := cmp.Diff(&want, got,
		cmpopts.IgnoreUnexported(result.Level{}, metric.Set{}),
		cmpopts.IgnoreFields(result.Run{}, "Config"),
		cmp.Comparer(func(a, b metric.Stats) bool { return a.Equal(b) }))
	require.Empty(t, diff)
	require.Equal(t, "dynbench", got.Dialect)
	l := got.Level("c2")
	require.Equal(t, result.LevelDegraded, l.State)
	q, ok := l.Quantile("time_to_first_token", 50)
	require.True(t, ok)
	require.InDelta(t, 102, q.Value, 1e-9)
	require.True(t, q.LowConfidence)
	good, _ := l.Value("good_request_count")
	require.Equal(t, 3.0, good)
	require.Equal(t, []result.ErrorGroup{{Code: 503, Type: "service_unavailable", Message: "busy <1>", Count: 1}}, l.Failures)
	require.Nil(t, got.Level("c3"))
}

func TestLevelInWhichAllFailedStillHasItsFiles(t *testing.T) {
	dir := t.TempDir()
	run, l := newRun("bad"), level("c2", 2)
	require.NoError(t, result.CreateRun(filepath.Join(dir, "bad"), run))
	measure(t, run, &l, "", []record.Record{failure(1, 200*ms), failure(2, 300*ms)})
	require.NoError(t, result.WriteLevel(filepath.Join(dir, "bad"), run, &l))
	require.Equal(t, result.LevelFailed, run.Levels[0].State)
	require.Contains(t, run.Levels[0].Reason, "no request succeeded: ")
	require.NotContains(t, read(t, dir, "bad/c2", result.ExportFile), `"time_to_first_token": {`+"\n"+`    "unit"`)
	problems, err := result.Validate(dir)
	require.NoError(t, err)
	require.Empty(t, problems)
	got, err := result.Load(filepath.Join(dir, "bad"))
	require.NoError(t, err)
	require.Equal(t, 2, got.Levels[0].Errors)
	require.Equal(t, 2, got.Levels[0].Outcomes["http_error"])
}

func TestInfiniteValuesAreLeftOut(t *testing.T) {
	dir := t.TempDir()
	run, l := newRun("inf"), level("c1", 1)
	l.State = result.LevelOK
	l.Stats = metric.Values{"x_latency": {Unit: "ms", Count: 2, Avg: math.Inf(1), Min: 1, Max: math.Inf(1), Std: math.NaN(),
		P: []metric.Quantile{{P: 50, Value: 1, Low: math.Inf(-1), High: math.Inf(1)}, {P: 99, Value: math.Inf(1), Low: 1, High: math.Inf(1)}}}}
	require.NoError(t, result.WriteLevel(dir, run, &l))
	var doc map[string]any
	require.NoError(t, json.Unmarshal([]byte(read(t, dir, "c1", result.ExportFile)), &doc))
	require.Equal(t, map[string]any{"unit": "ms", "p50": 1.0, "min": 1.0, "count": 2.0, "sum": 0.0}, doc["x_latency"])
	csv := read(t, dir, "c1", result.CSVFile)
	require.Contains(t, csv, "X Latency (ms),,1.00,,0.00,,,,,1.00,,,,,\r\n")
}

func TestLevelStaysBelowItsRun(t *testing.T) {
	for _, dir := range []string{"../c1", "/c1", "./", "c1/..", "c1/../.."} {
		l := result.Level{Name: "c1", Dir: dir}
		require.Error(t, result.WriteLevel(t.TempDir(), newRun("a"), &l), dir)
		_, err := result.StartLevel(t.TempDir(), newRun("a"), &l)
		require.Error(t, err, dir)
	}
}

func TestCreateRunRefusesData(t *testing.T) {
	dir, run := writeTree(t, t.TempDir(), "agg")
	require.ErrorIs(t, result.CreateRun(dir, run), result.ErrExists)
	require.NoError(t, os.Remove(filepath.Join(dir, result.RunFile)))
	require.ErrorIs(t, result.CreateRun(dir, run), result.ErrExists)
}

func TestSettle(t *testing.T) {
	whole := record.Window{Complete: true}
	for _, c := range []struct {
		level  result.Level
		state  result.LevelState
		reason string
	}{
		{result.Level{Window: whole, Totals: metric.Totals{OK: 100}}, result.LevelOK, ""},
		{result.Level{Window: whole, Totals: metric.Totals{OK: 99, Failed: 1}}, result.LevelDegraded, "1 % of the requests failed"},
		{result.Level{Window: whole, Totals: metric.Totals{OK: 98, Failed: 2}}, result.LevelFailed, "2 % of the requests failed, more than 1 %"},
		{result.Level{Window: whole, Totals: metric.Totals{Failed: 2}}, result.LevelFailed, "no request succeeded"},
		{result.Level{Window: record.Window{Reason: "interrupted"}, Totals: metric.Totals{OK: 5}}, result.LevelPartial, "interrupted"},
		{result.Level{Window: whole, Totals: metric.Totals{OK: 9}, Detail: result.Detail{OSLDeviation: -0.05}}, result.LevelDegraded, "mean OSL is off its target by -5 %"},
	} {
		c.level.Settle(0.01)
		require.Equal(t, c.state, c.level.State)
		require.Equal(t, c.reason, c.level.Reason)
	}
}

func TestLimitsNameWhatTheyCannotBeOn(t *testing.T) {
	_, err := result.Limits(metric.Standard(), map[string]float64{"nope": 1})
	require.ErrorContains(t, err, `unknown metric "nope"`)
	_, err = result.Limits(metric.Standard(), map[string]float64{"request_throughput": 1})
	require.ErrorContains(t, err, "no value a request")
	limits, err := result.Limits(metric.Standard(), map[string]float64{"ttft": 200, "output_token_throughput_per_user": 20})
	require.NoError(t, err)
	require.Len(t, limits, 2)
	require.Equal(t, 20.0, limits[0].Value())
	require.Equal(t, 200.0, limits[1].Value())
}
