package router

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
)

// raw is a line of AIPerf's raw export.
func raw(phase string, answers ...string) string {
	b, err := json.Marshal(map[string]any{"metadata": map[string]any{"benchmark_phase": phase}, "status": 200, "responses": parse(answers)})
	if err != nil {
		panic(err)
	}
	return string(b) + "\n"
}

func parse(answers []string) []json.RawMessage {
	var out []json.RawMessage
	for _, a := range answers {
		out = append(out, json.RawMessage(a))
	}
	return out
}

func write(t *testing.T, text string, path ...string) {
	t.Helper()
	name := filepath.Join(path...)
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
}

// lines are records of ours as they lie in files.
func lines(t *testing.T, records ...record.Record) string {
	t.Helper()
	var b strings.Builder
	for i := range records {
		line, err := record.Line(nil, &records[i])
		require.NoError(t, err)
		b.Write(append(line, '\n'))
	}
	return b.String()
}

func TestParticipateReadsAIPerfsRawExport(t *testing.T) {
	dir := t.TempDir()
	write(t, raw("warmup", `{"text":"{\"nvext\":{\"worker_id\":{\"decode_worker_id\":99}}}"}`)+
		raw("profiling", `{"packets":[{"name":"data","value":"{\"nvext\":{\"worker_id\":{\"prefill_worker_id\":11,\"decode_worker_id\":21}}}"},{"name":"data","value":"[DONE]"}]}`,
			`{"packets":[{"name":"data","value":"{\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":3,\"prompt_tokens_details\":{\"cached_tokens\":4}}}"}]}`)+
		raw("profiling", `{"text":"{\"nvext\":{\"worker_id\":{\"decode_worker_id\":18446744073709551615}}}"}`)+"\n"+
		raw("profiling", `{"text":"{\"nvext\":{\"worker_id\":{\"decode_worker_id\":true}}}"}`, `{"text":null}`, `7`),
		dir, "nested", rawFile)
	write(t, `{"metadata":{}}`+"\n", dir, "nested", "profile_export.jsonl") // AIPerf's own, without answers

	p, err := Participate(dir)
	require.NoError(t, err)
	require.Equal(t, 3, p.Requests)
	require.Equal(t, 2, p.WithID)
	require.Equal(t, []string{"11"}, p.Prefill)
	require.Equal(t, []string{"18446744073709551615", "21"}, p.Decode, "ids exceed what a float holds")
	require.Equal(t, []string{"nested/" + rawFile}, p.Files)
	require.Equal(t, WorkerShare{"21", RoleDecode, 1, 10, 4, 3}, p.Workers[1])
	require.NoError(t, p.Check())
	p.MinDecode = 3
	require.EqualError(t, p.Check(), "worker participation: observed 2 decode workers, required 3")
}

func TestParticipateReadsOwnRecords(t *testing.T) {
	dir := t.TempDir()
	answered := record.Record{Decode: 7, Input: 100, Cached: 64, Output: 5}
	warm := record.Record{Decode: 9, Phase: record.Warmup}
	failed := record.Record{Decode: 8, Input: 100, Outcome: record.Truncated}
	write(t, lines(t, answered, answered, warm, failed, record.Record{Outcome: record.Connect}), dir, "r", "profile_export.jsonl")
	write(t, lines(t, record.Record{Decode: 1}), dir, ".old-1", "profile_export.jsonl")
	p, err := Participate(dir)
	require.NoError(t, err)
	require.Equal(t, 4, p.Requests)
	require.Equal(t, 3, p.WithID)
	require.Equal(t, []WorkerShare{{"7", RoleDecode, 2, 200, 128, 10}, {"8", RoleDecode, 1, 0, 0, 0}}, p.Workers)
	require.InDelta(t, 1.0/3, p.Variation(RoleDecode, 0, ByRequests), 1e-12)
	require.InDelta(t, 1.0, p.Variation(RoleDecode, 2, ByTokens), 1e-12)
	require.InDelta(t, 1.1055, p.Variation(RoleDecode, 4, ByRequests), 1e-3, "two that were not seen at all")
}

func TestParticipationWithoutIDsFailsByName(t *testing.T) {
	dir := t.TempDir()
	write(t, lines(t, record.Record{}), dir, "profile_export.jsonl")
	p, err := Participate(dir)
	require.NoError(t, err)
	p.MinDecode = 2
	require.ErrorIs(t, p.Check(), ErrNoWorkerIDs)
	require.ErrorContains(t, p.Check(), "observed 0 decode workers, required 2")
	require.NoError(t, p.Write(dir), "the report is written whatever it says")

	_, err = Participate(t.TempDir())
	require.ErrorIs(t, err, ErrNoRecords)
	_, err = Participate(filepath.Join(dir, "absent"))
	require.ErrorIs(t, err, os.ErrNotExist)
	write(t, "{\n", dir, "raw", rawFile)
	_, err = Participate(dir)
	require.ErrorContains(t, err, rawFile+": line 1")
}

func TestParticipationReport(t *testing.T) {
	p := Participation{Requests: 3, WithID: 3, Source: SourceAnswers, Files: []string{"a/profile_export.jsonl"}, MinDecode: 2, Workers: []WorkerShare{
		{"9000000000000000001", RoleDecode, 1, 100, 0, 10}, {"west-1", RoleDecode, 2, 200, 50, 20}, {"7", RolePrefill, 3, 300, 50, 30},
	}}
	goldenJSON(t, "worker_participation.json", p)
}

func TestMergeOfParticipation(t *testing.T) {
	a := Participation{Requests: 1, WithID: 1, Workers: []WorkerShare{{"1", RoleDecode, 1, 10, 0, 1}}}
	a.merge(Participation{Requests: 2, WithID: 2, Workers: []WorkerShare{{"2", RoleDecode, 1, 20, 5, 2}, {"1", RoleDecode, 1, 30, 5, 3}}})
	require.Equal(t, 3, a.Requests)
	require.Equal(t, []WorkerShare{{"1", RoleDecode, 2, 40, 5, 4}, {"2", RoleDecode, 1, 20, 5, 2}}, a.Workers)
}

func FuzzRawExport(f *testing.F) {
	f.Add(raw("profiling", `{"text":"{\"nvext\":{\"worker_id\":{\"decode_worker_id\":\"a\"}}}"}`))
	f.Add(raw("profiling", `{"packets":[{"name":"data","value":"{}"},{"name":1,"value":2}]}`, `null`, `"x"`))
	f.Add("{}\n{\"responses\":null}\n")
	f.Fuzz(func(t *testing.T, text string) {
		var p Participation
		if p.readRaw(strings.NewReader(text)) != nil {
			return
		}
		p.settle()
		require.LessOrEqual(t, p.WithID, p.Requests)
		_, err := json.Marshal(p)
		require.NoError(t, err)
	})
}
