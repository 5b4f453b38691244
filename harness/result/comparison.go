package result

import (
	"time"
)

// ComparisonSchema is the schema of comparison.json.
const ComparisonSchema = "dynbench.comparison/1"

// ComparisonFile is the file of a comparison, beside the folders of its arms.
const ComparisonFile = "comparison.json"

// ComparisonState is the state of a comparison.
type ComparisonState string

// The states of a comparison. One that was killed stays running in its file; all
// that it had measured stands in it.
const (
	ComparisonRunning  ComparisonState = "running"
	ComparisonComplete ComparisonState = "complete" // every arm has as many good runs as pairs were planned
	ComparisonPartial  ComparisonState = "partial"  // ended before that, Reason says why
	ComparisonFailed   ComparisonState = "failed"   // not one pair can be compared
)

// Comparison is several arms that were measured in turns, pair by pair, and what
// the others came to against the first, the base. It is what comparison.json
// holds. The runs themselves lie in <dir>/<arm>/rep-<pair>/.
type Comparison struct {
	Schema  string          `json:"schema"`
	Name    string          `json:"name"`
	State   ComparisonState `json:"state"`
	Reason  string          `json:"reason,omitempty"`
	Tool    Tool            `json:"tool"`
	Command string          `json:"command,omitempty"`
	Started time.Time       `json:"started,omitzero"`
	Ended   time.Time       `json:"ended,omitzero"`
	Machine Machine         `json:"machine"`
	Seed    int64           `json:"seed"`          // of the order inside the pairs and, with the pair's number, of the prompts
	Salt    string          `json:"salt"`          // the prompts' is this, a slash, and the pair's number
	Planned int             `json:"pairs_planned"` // that every arm was to have
	Metrics []string        `json:"metrics"`       // keys, in the order of the rows

	Arms     []ComparisonArm   `json:"arms"`   // the first is the base
	Pairs    []ComparisonPair  `json:"pairs"`  // in the order they were run
	Levels   []ComparisonLevel `json:"levels"` // in the order of the sweep
	Rows     []ComparisonRow   `json:"rows"`
	Verdict  Verdict           `json:"assertions"`
	Warnings []string          `json:"warnings,omitempty"`

	// Dir is the folder that the comparison was read from or is written to.
	Dir string `json:"-"`
}

// ComparisonArm is one of the things compared.
type ComparisonArm struct {
	Name        string       `json:"name"`
	Good        int          `json:"good_runs"`
	Failed      int          `json:"failed_runs"`
	Dropped     string       `json:"dropped,omitempty"` // why it was left out from some pair on
	Target      TargetInfo   `json:"target,omitzero"`   // of its last good run
	Workload    WorkloadInfo `json:"workload,omitzero"`
	Fingerprint string       `json:"fingerprint,omitempty"`
}

// ComparisonPair is one turn of the arms: each once, in a random order, with the
// same prompts. A pair in which an arm failed is kept and followed by one that
// repeats the base and the arms that failed, with prompts of its own.
type ComparisonPair struct {
	Number int             `json:"pair"`                // from 1; its runs lie in rep-<Number>
	Repeat int             `json:"repeat_of,omitempty"` // the pair that it repeats; 0: none
	Seed   int64           `json:"seed"`
	Salt   string          `json:"salt"`
	Runs   []ComparisonRun `json:"runs"` // in the order they were run
}

// ComparisonRun is one run of one arm.
type ComparisonRun struct {
	Arm    string  `json:"arm"`
	Dir    string  `json:"dir"` // from the comparison's folder, with slashes; "" if nothing was measured
	RunID  string  `json:"run_id,omitempty"`
	Good   bool    `json:"good"` // it may be compared
	Reason string  `json:"reason,omitempty"`
	UpS    float64 `json:"up_s,omitempty"` // seconds that it took to bring the arm up
	Sent   int     `json:"sent,omitempty"` // requests, warm-up included
	// Inputs is the hash of all request bodies (the inputs.json of the levels).
	Inputs  string    `json:"inputs_sha256,omitempty"`
	Started time.Time `json:"started,omitzero"`
	Ended   time.Time `json:"ended,omitzero"`
}

// ComparisonLevel is one level of the sweeps, with sums over the good runs of
// each arm that has it.
type ComparisonLevel struct {
	Name        string             `json:"name"`
	Concurrency int                `json:"level,omitempty"`
	Axes        map[string]float64 `json:"axes,omitempty"`
	Arms        []ArmLevel         `json:"arms"`
}

// ArmLevel is what an arm did at a level, summed over its good runs.
type ArmLevel struct {
	Arm      string         `json:"arm"`
	Runs     int            `json:"runs"`
	Requests int            `json:"requests"`
	Errors   int            `json:"errors"`
	Outcomes map[string]int `json:"outcomes,omitempty"` // by record.Outcome, those that occurred
	// Rejected counts the answers with status 429 and 503: latencies of the
	// requests that were let in say nothing of those.
	Rejected     int   `json:"rejected,omitempty"`
	InputTokens  int64 `json:"input_tokens"`
	OutputTokens int64 `json:"output_tokens"`
	// CachedTokens are those of CachedInput prompt tokens, of the requests whose
	// cached tokens the server told, that it took from its prefix cache.
	CachedTokens  int64 `json:"cached_tokens,omitempty"`
	CachedInput   int64 `json:"cached_input_tokens,omitempty"`
	ClientLimited int   `json:"client_limited_runs,omitempty"`
	// Observed are means over the runs of what the target's own metrics said: see
	// Observed.Facts.
	Observed map[string]float64 `json:"observed,omitempty"`
}

// CachedShare is the share of prompt tokens that came from a prefix cache; false
// where the server told of none.
func (a ArmLevel) CachedShare() (float64, bool) {
	if a.CachedInput == 0 {
		return 0, false
	}
	return float64(a.CachedTokens) / float64(a.CachedInput), true
}

// ComparisonRow is one statistic of one metric at one level, of all arms.
type ComparisonRow struct {
	Level  string      `json:"level"`
	Metric string      `json:"metric"` // key
	Stat   string      `json:"stat"`   // "avg", "p50", ...
	Unit   string      `json:"unit"`
	Better string      `json:"better,omitempty"` // "lower", "higher"
	Share  bool        `json:"share,omitempty"`  // a part of a whole: compared by its difference
	Arms   []ArmFigure `json:"arms"`
}

// ArmFigure is what the runs of an arm came to, and what they came to against
// the base.
type ArmFigure struct {
	Arm    string    `json:"arm"`
	Pairs  []int     `json:"pairs"`  // numbers of the pairs that have a value
	Values []float64 `json:"values"` // one a good run, in Unit
	Mean   Estimate  `json:"mean"`   // of the runs; N is 0 where there are none
	Median float64   `json:"median"`
	// Ratio is arm / base: the geometric mean over pairs. nil for the base, for a
	// share, and where a value is not above 0.
	Ratio *Estimate `json:"ratio,omitempty"`
	// Difference is arm - base in Unit, the mean over pairs; nil for the base.
	Difference *Estimate `json:"difference,omitempty"`
}
