package result

import (
	"encoding/json"
	"strconv"

	"github.com/dynbench/dynbench/harness/record"
)

// appendRecord is the record as encoding/json writes it, with the gaps moved to
// its end: they are most of a line, and by hand ten times as fast.
func appendRecord(dst []byte, r *record.Record) ([]byte, error) {
	plain := *r
	plain.Gaps = record.Gaps{}
	own, err := json.Marshal(&plain)
	if err != nil {
		return dst, err
	}
	dst = append(dst, own...)
	if r.Gaps.IsZero() {
		return dst, nil
	}
	g := &r.Gaps
	dst = append(dst[:len(dst)-1], `,"gaps":{"count":`...)
	dst = strconv.AppendInt(dst, int64(g.Count), 10)
	dst = append(dst, `,"sum":`...)
	dst = strconv.AppendInt(dst, g.Sum, 10)
	dst = append(dst, `,"min":`...)
	dst = strconv.AppendInt(dst, g.Min, 10)
	dst = append(dst, `,"max":`...)
	dst = strconv.AppendInt(dst, g.Max, 10)
	dst = append(dst, `,"buckets":[`...)
	for i, b := range g.Buckets {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(dst, uint64(b.Index), 10)
		dst = append(dst, ',')
		dst = strconv.AppendUint(dst, uint64(b.Count), 10)
	}
	dst = append(dst, ']')
	if len(g.Raw) > 0 {
		dst = append(dst, `,"raw":[`...)
		for i, ns := range g.Raw {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = strconv.AppendInt(dst, ns, 10)
		}
		dst = append(dst, ']')
	}
	return append(dst, "}}"...), nil
}
