package result_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/target"
)

var base = time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)

const ms = int64(time.Millisecond)

// request is a successful request of 4 tokens: TTFT 100 ms, ITL 30 ms.
func request(id uint64, sent int64) record.Record {
	r := record.Record{
		ID: id, Session: id, Intended: sent, Sent: sent, Written: sent + ms, Headers: sent + 50*ms,
		FirstToken: sent + 100*ms, SecondToken: sent + 120*ms, FirstOutput: sent + 100*ms, Last: sent + 190*ms, End: sent + 195*ms,
		Events: 4, Input: 20, Output: 4, Wanted: 4, InputSource: record.Usage, OutputSource: record.Usage, Stamp: record.Kernel,
		RequestID: "u1",
	}
	for _, gap := range []int64{20 * ms, 30 * ms, 40 * ms} {
		r.Gaps.Add(gap)
	}
	return r
}

func failure(id uint64, sent int64) record.Record {
	return record.Record{ID: id, Session: id, Sent: sent, Intended: sent, End: sent + 5*ms, Outcome: record.HTTPError, Input: 20,
		Error: &record.Error{Status: 503, Type: "service_unavailable", Message: "busy <1>"}}
}

// records are a warm-up request, five that succeeded a little apart, and one
// that failed.
func records() []record.Record {
	warm := request(0, 10*ms)
	warm.Phase = record.Warmup
	out := []record.Record{warm}
	for i := range uint64(5) {
		r := request(i+1, int64(i+1)*200*ms)
		shift := int64(i) * ms
		r.FirstToken, r.Last, r.End = r.FirstToken+shift, r.Last+2*shift, r.End+2*shift
		out = append(out, r)
	}
	return append(out, failure(6, 1200*ms))
}

func newRun(name string) *result.Run {
	return &result.Run{
		Name: name, RunID: "01K0000000000000000000" + name, Tool: result.Tool{Name: "dynbench", Version: "1.0.0"},
		Started: base, State: result.Running, Seed: 1, Fingerprint: "f-1", Command: "dynbench load --url http://me:secret@h:8000",
		Target: result.TargetInfo{URL: "http://me:secret@h:8000", Model: "m", GPUs: 2, GPUsSource: "flag",
			Parts: []target.PartInfo{{Name: "engine-0", Provider: "external", URL: "http://me:secret@h:8000"}}},
		Workload: result.WorkloadInfo{Kind: "synthetic", ISL: 20, OSL: 4},
		Load:     result.LoadInfo{Kind: "concurrency", Levels: []float64{2}, Requests: "max(10,3c)", Warmup: "c", Repeats: 1},
		Config:   json.RawMessage(`{"api_key":"secret","headers":{"X-Mine":"secret","Accept":"x"},"max_tokens":4}`),
		Goodput:  map[string]float64{"time_to_first_token": 102},
		Machine:  result.Machine{OS: "linux", Arch: "amd64", CPUs: 2, Go: "go1.26.0"},
	}
}

// measure fills a level as harness does, and keeps its records where path is
// not empty.
func measure(t *testing.T, run *result.Run, l *result.Level, path string, recs []record.Record) {
	t.Helper()
	limits, err := result.Limits(metric.Standard(), run.Goodput)
	require.NoError(t, err)
	set := run.Set
	if len(set.Defs()) == 0 {
		set = metric.Standard()
	}
	g := result.NewGather(set, limits...)
	var w *record.Writer
	if path != "" {
		w, err = record.Create(filepath.Join(path, result.RecordsFile), result.LinesOf(base, set))
		require.NoError(t, err)
	}
	sent := 0
	for _, r := range recs {
		require.NoError(t, g.Put(r))
		if w != nil {
			require.NoError(t, w.Put(r))
		}
		if r.Phase == record.Measured {
			sent++
		}
	}
	if w != nil {
		require.NoError(t, w.Close())
	}
	window := record.Window{Start: 200 * ms, End: 1205 * ms, Planned: sent, Sent: sent, Warmup: 1, Complete: true}
	g.Fill(l, metric.Facts{Window: window, Concurrency: l.Concurrency, GPUs: run.Target.GPUs})
	l.Base, l.Started, l.Ended = base, base.Add(200*time.Millisecond), base.Add(1205*time.Millisecond)
	l.Settle(0.5)
}

// writeTree makes a complete run of one level c2 and returns its folder.
func writeTree(t *testing.T, out, name string) (string, *result.Run) {
	t.Helper()
	dir := filepath.Join(out, name)
	run := newRun(name)
	writeRun(t, dir, run)
	return dir, run
}

func writeRun(t *testing.T, dir string, run *result.Run) {
	t.Helper()
	require.NoError(t, result.CreateRun(dir, run))
	l := level("c2", 2)
	path, err := result.StartLevel(dir, run, &l)
	require.NoError(t, err)
	in, err := result.CreateInputs(path, 0)
	require.NoError(t, err)
	require.NoError(t, in.Add(1, []byte(`{"model":"m"}`)))
	require.NoError(t, in.Close())
	measure(t, run, &l, path, records())
	require.NoError(t, result.WriteLevel(dir, run, &l))
	run.State, run.Ended = result.Complete, l.Ended
	require.NoError(t, result.WriteRun(dir, run))
}

func level(name string, c int) result.Level {
	return result.Level{Name: name, Concurrency: c, Axes: map[string]float64{"concurrency": float64(c)}}
}

func read(t *testing.T, parts ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(parts...))
	require.NoError(t, err)
	return string(b)
}

func write(t *testing.T, text string, parts ...string) {
	t.Helper()
	path := filepath.Join(parts...)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}
