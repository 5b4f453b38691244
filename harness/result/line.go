package result

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
)

// Lines is LinesOf the standard metrics.
func Lines(base time.Time) record.Encoder { return LinesOf(base, metric.Standard()) }

// LinesOf returns the encoder of profile_export.jsonl: AIPerf's line (metadata,
// metrics with value and unit, error or null) and the record itself under the
// key "dynbench". base is the wall clock where the record's stamps are 0. The
// encoder is not for concurrent use.
func LinesOf(base time.Time, set metric.Set) record.Encoder {
	e := lineEncoder{base: base.UnixNano(), set: set}
	return e.encode
}

type lineEncoder struct {
	base int64
	set  metric.Set
}

func (e *lineEncoder) encode(dst []byte, r *record.Record) ([]byte, error) {
	dst = append(dst, `{"metadata":{`...)
	dst = e.metadata(dst, r)
	dst = append(dst, `},"metrics":{`...)
	dst = e.metrics(dst, r)
	dst = append(dst, `},"error":`...)
	dst = lineError(dst, r)
	dst = append(dst, `,"dynbench":`...)
	dst, err := appendRecord(dst, r)
	if err != nil {
		return dst, fmt.Errorf("record %d: %w", r.ID, err)
	}
	return append(dst, '}'), nil
}

func (e *lineEncoder) metadata(dst []byte, r *record.Record) []byte {
	dst = append(dst, `"session_num":`...)
	dst = strconv.AppendUint(dst, r.Session, 10)
	dst = append(dst, `,"x_request_id":`...)
	if r.RequestID != "" {
		dst = appendString(dst, r.RequestID)
	} else {
		dst = strconv.AppendQuote(dst, strconv.FormatUint(r.ID, 10))
	}
	dst = append(dst, `,"conversation_id":"session_`...)
	dst = appendPadded(dst, r.Session)
	dst = append(dst, `","turn_index":`...)
	dst = strconv.AppendInt(dst, int64(r.Turn), 10)
	dst = e.stamp(dst, "credit_issued_ns", r.Intended)
	dst = e.stamp(dst, "request_start_ns", r.Sent)
	dst = e.stamp(dst, "request_ack_ns", r.Headers)
	dst = e.stamp(dst, "request_end_ns", r.End)
	if r.Outcome == record.Cancelled {
		dst = e.stamp(dst, "cancellation_time_ns", r.End)
	}
	dst = append(dst, `,"worker_id":"worker_`...)
	dst = strconv.AppendInt(dst, int64(r.Shard), 10)
	dst = append(dst, `","record_processor_id":"record_processor_`...)
	dst = strconv.AppendInt(dst, int64(r.Shard), 10)
	dst = append(dst, `","benchmark_phase":"`...)
	dst = append(dst, r.Phase.String()...)
	dst = append(dst, `","was_cancelled":`...)
	return strconv.AppendBool(dst, r.Outcome == record.Cancelled)
}

// stamp is a wall-clock time in ns; what did not happen is left out.
func (e *lineEncoder) stamp(dst []byte, key string, at int64) []byte {
	if at == 0 {
		return dst
	}
	dst = append(dst, ',', '"')
	dst = append(dst, key...)
	dst = append(dst, '"', ':')
	return strconv.AppendInt(dst, e.base+at, 10)
}

func (e *lineEncoder) metrics(dst []byte, r *record.Record) []byte {
	if !r.OK() {
		if r.Input == 0 || !r.Outcome.Failed() {
			return dst
		}
		return appendMetric(dst, "error_isl", float64(r.Input), "tokens")
	}
	first := true
	for d, v := range e.set.Values(r) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = appendMetric(dst, d.Key, v, d.Unit)
	}
	if len(r.Gaps.Raw) > 0 {
		if !first {
			dst = append(dst, ',')
		}
		dst = appendGaps(dst, r.Gaps.Raw)
	}
	return dst
}

func appendMetric(dst []byte, key string, v float64, unit string) []byte {
	dst = appendString(dst, key)
	dst = append(dst, `:{"value":`...)
	dst = appendFloat(dst, v)
	dst = append(dst, `,"unit":`...)
	dst = appendString(dst, unit)
	return append(dst, '}')
}

// appendGaps is AIPerf's list of chunk gaps, which only raw gaps can give.
func appendGaps(dst []byte, raw []int64) []byte {
	dst = append(dst, `"inter_chunk_latency":{"value":[`...)
	for i, ns := range raw {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendFloat(dst, float64(ns)/1e6)
	}
	return append(dst, `],"unit":"ms"}`...)
}

func lineError(dst []byte, r *record.Record) []byte {
	if r.Error == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, '{')
	if r.Error.Status != 0 {
		dst = append(dst, `"code":`...)
		dst = strconv.AppendInt(dst, int64(r.Error.Status), 10)
		dst = append(dst, ',')
	}
	kind := r.Error.Type
	if kind == "" {
		kind = r.Outcome.String()
	}
	dst = append(dst, `"type":`...)
	dst = appendString(dst, kind)
	dst = append(dst, `,"message":`...)
	dst = appendString(dst, r.Error.Message)
	return append(dst, '}')
}

// appendFloat is the shortest JSON number that reads back as v, finite.
func appendFloat(dst []byte, v float64) []byte { return strconv.AppendFloat(dst, v, 'f', -1, 64) }

// appendString quotes s as JSON; plain ASCII, nearly all there is, without a
// call to the encoder.
func appendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			b, _ := json.Marshal(s) // a string always encodes
			return append(dst, b...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

// appendPadded is "%06d".
func appendPadded(dst []byte, n uint64) []byte {
	start := len(dst)
	dst = strconv.AppendUint(dst, n, 10)
	for len(dst)-start < 6 {
		dst = slices.Insert(dst, start, '0')
	}
	return dst
}
