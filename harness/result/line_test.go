package result_test

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
)

func encode(t testing.TB, r record.Record) []byte {
	t.Helper()
	line, err := result.Lines(base)(nil, &r)
	require.NoError(t, err)
	return line
}

func TestLineIsAIPerfsAndHoldsTheRecord(t *testing.T) {
	r := request(7, 200*ms)
	r.Session, r.Turn, r.Shard, r.RequestID = 3, 2, 1, "a\"b\x01é"
	r.Gaps.Raw = []int64{20 * ms, 30 * ms, 40 * ms}
	var line struct {
		Metadata map[string]any
		Metrics  map[string]struct {
			Value any
			Unit  string
		}
		Error any
	}
	require.NoError(t, json.Unmarshal(encode(t, r), &line))
	require.Equal(t, map[string]any{
		"session_num": 3.0, "x_request_id": "a\"b\x01é", "conversation_id": "session_000003", "turn_index": 2.0,
		"credit_issued_ns": float64(base.UnixNano() + r.Intended), "request_start_ns": float64(base.UnixNano() + r.Sent),
		"request_ack_ns": float64(base.UnixNano() + r.Headers), "request_end_ns": float64(base.UnixNano() + r.End),
		"worker_id": "worker_1", "record_processor_id": "record_processor_1", "benchmark_phase": "profiling", "was_cancelled": false,
	}, line.Metadata)
	require.Nil(t, line.Error)
	require.Equal(t, 100.0, line.Metrics["time_to_first_token"].Value)
	require.Equal(t, "ms", line.Metrics["time_to_first_token"].Unit)
	require.Equal(t, []any{20.0, 30.0, 40.0}, line.Metrics["inter_chunk_latency"].Value)
	require.Empty(t, cmp.Diff(r, decoded(t, encode(t, r))))
}

func TestLineOfFailedAndCancelledRequests(t *testing.T) {
	line := string(encode(t, failure(6, 200*ms)))
	require.Contains(t, line, `"metrics":{"error_isl":{"value":20,"unit":"tokens"}},"error":{"code":503,"type":"service_unavailable","message":"busy <1>"}`)
	require.NotContains(t, line, "request_ack_ns")
	r := failure(6, 200*ms)
	r.Outcome, r.Error = record.Cancelled, nil
	line = string(encode(t, r))
	require.Contains(t, line, `"was_cancelled":true},"metrics":{},"error":null`)
	require.Contains(t, line, `"cancellation_time_ns":`)
	r.Outcome, r.Error = record.Timeout, &record.Error{Message: "after 600s"}
	require.Contains(t, string(encode(t, r)), `"error":{"type":"timeout","message":"after 600s"}`)
}

func TestLineAppends(t *testing.T) {
	r := request(1, 200*ms)
	enc := result.Lines(base)
	got, err := enc([]byte("x"), &r)
	require.NoError(t, err)
	require.Equal(t, "x"+string(encode(t, r)), string(got))
}

func decoded(t testing.TB, line []byte) record.Record {
	t.Helper()
	for r, err := range record.Read(bytes.NewReader(line)) {
		require.NoError(t, err)
		return r
	}
	t.Fatal("no record")
	return record.Record{}
}

func FuzzLine(f *testing.F) {
	f.Add("id", "type", "message", int64(1), int64(5), int64(9), uint64(3), 7, uint8(0), uint8(0))
	f.Add("\xff\x00", "<&>", "\u2028", int64(-1), int64(math.MaxInt64), int64(math.MinInt64), uint64(math.MaxUint64), -3, uint8(1), uint8(4))
	f.Fuzz(func(t *testing.T, id, kind, message string, sent, first, last int64, session uint64, tokens int, phase, outcome uint8) {
		r := record.Record{ID: session, Session: session, RequestID: id, Sent: sent, FirstToken: first, Last: last, End: last,
			Output: tokens, Input: tokens, Phase: record.Phase(phase % 2), Outcome: record.Outcome(outcome % 9),
			InputSource: record.Usage, OutputSource: record.Usage, Events: 2}
		if r.Outcome != record.OK {
			r.Error = &record.Error{Type: kind, Message: message}
		}
		r.Gaps.Add(last)
		line := encode(t, r)
		require.True(t, json.Valid(line), "%s", line)
		require.NotContains(t, string(line), "\n")
		back := decoded(t, line)
		require.Equal(t, r.Last, back.Last)
		require.Equal(t, r.Outcome, back.Outcome)
	})
}

func BenchmarkLine(b *testing.B) {
	r := request(7, 200*ms)
	for i := range int64(250) {
		r.Gaps.Add(10*ms + i*20_000)
	}
	enc := result.Lines(base)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		line, err := enc(buf[:0], &r)
		if err != nil {
			b.Fatal(err)
		}
		buf = line
	}
	b.SetBytes(int64(len(buf)))
}
