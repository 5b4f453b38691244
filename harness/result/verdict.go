package result

import (
	"encoding/json"
	"math"
)

// Status is what a goal came to.
type Status string

// The statuses, from good to bad. NoData counts as failed.
const (
	Pass         Status = "pass"
	Inconclusive Status = "inconclusive"
	NoData       Status = "no_data"
	Fail         Status = "fail"
)

// Failed says that the status is Fail or NoData.
func (s Status) Failed() bool { return s == Fail || s == NoData }

// Row is one goal at one level. Value and its interval Low..High are in Unit;
// a bound that the data do not give is infinite, a missing value NaN.
type Row struct {
	Goal   string  // "P99 time_to_first_token <= 400ms"
	Metric string  // key
	Stat   string  // "p99", "avg", "max"
	Level  string  // name of the level, "c50"
	Dir    string  // folder of the level
	Op     string  // "<=" or ">="
	Limit  float64 // in Unit
	Value  float64
	Low    float64
	High   float64
	Unit   string
	N      int // requests that the value stands on
	Status Status
	Note   string // "decided by the point estimate"
}

// Verdict is what all goals of a run came to.
type Verdict struct{ Rows []Row }

// Status is the worst status of the rows; a verdict without rows is a Pass.
func (v Verdict) Status() Status {
	rank := map[Status]int{Pass: 0, Inconclusive: 1, NoData: 2, Fail: 3}
	worst := Pass
	for _, r := range v.Rows {
		if rank[r.Status] > rank[worst] {
			worst = r.Status
		}
	}
	return worst
}

// Failed returns the rows that failed or had no data.
func (v Verdict) Failed() []Row {
	var out []Row
	for _, r := range v.Rows {
		if r.Status.Failed() {
			out = append(out, r)
		}
	}
	return out
}

type rowJSON struct {
	ID     string   `json:"id"` // metric and statistic: "time_to_first_token.p99"
	Goal   string   `json:"goal"`
	Metric string   `json:"metric"`
	Stat   string   `json:"stat"`
	Level  string   `json:"level"`
	Dir    string   `json:"dir,omitempty"`
	Op     string   `json:"op"`
	Limit  float64  `json:"limit"`
	Unit   string   `json:"unit"`
	Value  *float64 `json:"value,omitempty"`
	Low    *float64 `json:"low,omitempty"`  // absent: unbounded
	High   *float64 `json:"high,omitempty"` // absent: unbounded
	N      int      `json:"n"`
	Status Status   `json:"status"`
	Pass   bool     `json:"pass"`
	Note   string   `json:"note,omitempty"`
}

// MarshalJSON writes the rows as a list.
func (v Verdict) MarshalJSON() ([]byte, error) {
	rows := make([]rowJSON, len(v.Rows))
	for i, r := range v.Rows {
		rows[i] = rowJSON{
			ID: r.Metric + "." + r.Stat, Goal: r.Goal, Metric: r.Metric, Stat: r.Stat, Level: r.Level, Dir: r.Dir,
			Op: r.Op, Limit: r.Limit, Unit: r.Unit, Value: finite(r.Value), Low: finite(r.Low), High: finite(r.High),
			N: r.N, Status: r.Status, Pass: r.Status == Pass, Note: r.Note,
		}
	}
	return json.Marshal(rows)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (v *Verdict) UnmarshalJSON(b []byte) error {
	var rows []rowJSON
	if err := json.Unmarshal(b, &rows); err != nil {
		return err
	}
	v.Rows = nil
	for _, r := range rows {
		v.Rows = append(v.Rows, Row{
			Goal: r.Goal, Metric: r.Metric, Stat: r.Stat, Level: r.Level, Dir: r.Dir, Op: r.Op, Limit: r.Limit,
			Value: orElse(r.Value, math.NaN()), Low: orElse(r.Low, math.Inf(-1)), High: orElse(r.High, math.Inf(1)),
			Unit: r.Unit, N: r.N, Status: r.Status, Note: r.Note,
		})
	}
	return nil
}

// finite is nil for what JSON cannot hold.
func finite(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

func orElse(x *float64, otherwise float64) float64 {
	if x == nil {
		return otherwise
	}
	return *x
}
