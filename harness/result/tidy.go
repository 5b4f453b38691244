package result

import (
	"bytes"
	"encoding/csv"
	"maps"
	"slices"
	"strconv"
)

// tidy is results.csv: one figure a line, in full precision, so that any tool
// filters and pivots it. The level is its folder.
func tidy(run *Run) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	// Writes into a bytes.Buffer do not fail.
	_ = w.Write([]string{"name", "level", "metric", "unit", "stat", "value"})
	for i := range run.Levels {
		l := &run.Levels[i]
		for _, key := range slices.Sorted(maps.Keys(l.Stats)) {
			s := l.Stats[key]
			names := []string{"avg"}
			if len(s.P) > 0 {
				names = append(csvStats, "count")
			}
			for _, stat := range names {
				if v, ok := statOf(s, stat); ok && finite(v) != nil {
					_ = w.Write([]string{run.Name, l.Label(), key, s.Unit, stat, strconv.FormatFloat(v, 'f', -1, 64)})
				}
			}
		}
	}
	w.Flush()
	return b.Bytes()
}
