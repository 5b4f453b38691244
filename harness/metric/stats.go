package metric

import (
	"encoding/json"
	"math"
)

// Values are the Stats of one level by metric key. A metric without data is
// absent.
type Values map[string]Stats

// The methods that Stats come from.
const (
	Exact     = "exact"     // of every value
	Histogram = "histogram" // of buckets at most 1/128 of their value wide
	OneLevel  = "level"     // one value a level
)

// Stats are the figures of one metric on one level, in its Unit.
//
// Of a Dist, Count is the number of values and P has the quantiles of Points.
// Of a Scalar, Avg, Min, Max and Sum are the value, Count is the number of
// requests that ended, ok or failed, and P is empty.
type Stats struct {
	Unit  string     `json:"unit"`
	Count int        `json:"count"`
	Sum   float64    `json:"sum"`
	Avg   float64    `json:"avg"`
	Min   float64    `json:"min"`
	Max   float64    `json:"max"`
	Std   float64    `json:"std"` // of the population: divided by Count
	P     []Quantile `json:"quantiles,omitempty"`
	// Effective is the number of independent values that Count is worth: less
	// where neighbours in send order are alike, and for gaps the number of
	// requests they come from. 0: unknown.
	Effective   float64  `json:"effective,omitempty"`
	Method      string   `json:"method"`                 // Exact, Histogram or OneLevel
	TokenSource string   `json:"token_source,omitempty"` // who counted: "usage", "tokenizer", "chunks", "mixed"
	Warnings    []string `json:"warnings,omitempty"`

	tail *tail // the values themselves; nil in what was read from a file
}

// Equal compares the figures, not whether the values behind them are at hand.
func (s Stats) Equal(o Stats) bool {
	a, errA := json.Marshal(s)
	b, errB := json.Marshal(o)
	return errA == nil && errB == nil && string(a) == string(b)
}

// Quantile is one percentile with the interval that holds the true one in at
// least 95 of 100 cases, by order statistics of independent values; an end is
// infinite where no value bounds it.
type Quantile struct {
	P                float64 // 50 for the median
	Value, Low, High float64
	LowConfidence    bool // fewer than 10 values are expected beyond it
}

// Points are the percentiles that Stats have.
func Points() []float64 { return []float64{1, 5, 10, 25, 50, 75, 90, 95, 99} }

// Quantile returns the percentile p, one of Points.
func (s Stats) Quantile(p float64) (Quantile, bool) {
	for _, q := range s.P {
		if q.P == p {
			return q, true
		}
	}
	return Quantile{}, false
}

type quantileJSON struct {
	P             float64  `json:"p"`
	Value         float64  `json:"value"`
	Low           *float64 `json:"low"` // null: no lower bound
	High          *float64 `json:"high"`
	LowConfidence bool     `json:"low_confidence,omitempty"`
}

// MarshalJSON writes infinite ends, which JSON does not have, as null.
func (q Quantile) MarshalJSON() ([]byte, error) {
	return json.Marshal(quantileJSON{q.P, q.Value, finite(q.Low), finite(q.High), q.LowConfidence})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (q *Quantile) UnmarshalJSON(b []byte) error {
	var j quantileJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*q = Quantile{j.P, j.Value, math.Inf(-1), math.Inf(1), j.LowConfidence}
	if j.Low != nil {
		q.Low = *j.Low
	}
	if j.High != nil {
		q.High = *j.High
	}
	return nil
}

func finite(v float64) *float64 {
	if math.IsInf(v, 0) {
		return nil
	}
	return &v
}
