package router

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dynbench/dynbench/internal/atomicfile"
)

// SummaryFile is the summary's name, as the original benchmark has it.
const SummaryFile = "results_summary.json"

// SummarySchema is the schema of the part of the summary that is ours.
const SummarySchema = "dynbench.prefix_ratio/1"

// Summary is what one arm came to over all ratios. Its JSON has the keys of all
// forms that the original benchmark wrote over time, so that readers of any of
// them, its plot script among them, find theirs.
type Summary struct {
	Config Config
	Points []Point
	// Control is the point without reuse, nil if none was asked. It is in no list.
	Control *Point
	Name    string // of the arm
	Void    string // why it may not be taken for what it is called; "": it may
	// Overhead is what the router itself says that a choice took, ms on average;
	// missing where it does not.
	Overhead Number
	Checks   []Check // that concern the arm
}

// Config is what was asked, with the original's keys. What differs in it between
// two summaries makes them incomparable.
type Config struct {
	Model       string `json:"model"`
	Tokenizer   string `json:"tokenizer"`
	ISL         int    `json:"isl"`
	OSL         int    `json:"osl"`
	Requests    int    `json:"requests"`
	Concurrency int    `json:"concurrency"`
	Seed        int64  `json:"initial_seed"`
	TP          int    `json:"tp,omitempty"`
	GPU         string `json:"gpu_sku,omitempty"`
	Prefixes    int    `json:"num_prefix_prompts,omitempty"`
	Balanced    bool   `json:"balanced,omitempty"`
	ExpectedOSL bool   `json:"use_expected_osl,omitempty"`
}

// summaryJSON is the form of the file: the first three lists and the first seven
// fields of the configuration are the oldest.
type summaryJSON struct {
	Ratios        []float64  `json:"prefix_ratios"`
	TTFT          []Number   `json:"ttft_values"`
	Throughput    []Number   `json:"throughput_values"`
	TTFTAvg       []Number   `json:"ttft_avg_values"`
	ThroughputAvg []Number   `json:"throughput_avg_values"`
	TTFT25        []Number   `json:"ttft_p25_values"`
	TTFT50        []Number   `json:"ttft_p50_values"`
	TTFT75        []Number   `json:"ttft_p75_values"`
	ITL25         []Number   `json:"itl_p25_values"`
	ITL50         []Number   `json:"itl_p50_values"`
	ITL75         []Number   `json:"itl_p75_values"`
	Config        Config     `json:"config"`
	Own           *ownPoints `json:"dynbench,omitempty"`
}

type ownPoints struct {
	Schema   string  `json:"schema"`
	Name     string  `json:"name"`
	Void     string  `json:"void,omitempty"`
	Overhead Number  `json:"router_overhead_ms"`
	Points   []Point `json:"points"`
	Control  *Point  `json:"control,omitempty"`
	Checks   []Check `json:"checks"`
}

// MarshalJSON implements json.Marshaler.
func (s Summary) MarshalJSON() ([]byte, error) {
	j := summaryJSON{
		Ratios: []float64{}, Config: s.Config,
		Own: &ownPoints{SummarySchema, s.Name, s.Void, s.Overhead, append([]Point{}, s.Points...), s.Control, append([]Check{}, s.Checks...)},
	}
	list := func(of func(Point) Number) []Number {
		out := make([]Number, len(s.Points))
		for i, p := range s.Points {
			out[i] = of(p)
		}
		return out
	}
	for _, p := range s.Points {
		j.Ratios = append(j.Ratios, p.Ratio)
	}
	j.TTFT = list(func(p Point) Number { return p.TTFT.Avg })
	j.Throughput = list(func(p Point) Number { return p.Throughput })
	j.TTFTAvg, j.ThroughputAvg = j.TTFT, j.Throughput
	j.TTFT25 = list(func(p Point) Number { return p.TTFT.P25 })
	j.TTFT50 = list(func(p Point) Number { return p.TTFT.P50 })
	j.TTFT75 = list(func(p Point) Number { return p.TTFT.P75 })
	j.ITL25 = list(func(p Point) Number { return p.ITL.P25 })
	j.ITL50 = list(func(p Point) Number { return p.ITL.P50 })
	j.ITL75 = list(func(p Point) Number { return p.ITL.P75 })
	return json.Marshal(j)
}

// UnmarshalJSON reads any of the forms. A summary without our part has points of
// what its lists say.
func (s *Summary) UnmarshalJSON(b []byte) error {
	var j summaryJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*s = Summary{Config: j.Config, Overhead: missing()}
	if j.Own != nil {
		s.Name, s.Void, s.Overhead = j.Own.Name, j.Own.Void, j.Own.Overhead
		s.Points, s.Control, s.Checks = j.Own.Points, j.Own.Control, j.Own.Checks
		return nil
	}
	return s.fromLists(j)
}

// fromLists takes the lists that are there; one of another length than the
// ratios is an error.
func (s *Summary) fromLists(j summaryJSON) error {
	if len(j.TTFT) == 0 {
		j.TTFT = j.TTFTAvg
	}
	if len(j.Throughput) == 0 {
		j.Throughput = j.ThroughputAvg
	}
	for i, r := range j.Ratios {
		p := Point{Ratio: r, Seed: j.Config.Seed + int64(i), Throughput: missing(), Rate: missing(), Goodput: missing(), Good: missing(),
			Input: missing(), HitRate: missing(), Balance: missing(), ByTokens: missing()}
		none := missing()
		p.TTFT, p.ITL = Figures{none, none, none, none, none, none}, Figures{none, none, none, none, none, none}
		s.Points = append(s.Points, p)
	}
	for _, l := range []struct {
		name string
		from []Number
		to   func(*Point) *Number
	}{
		{"ttft", j.TTFT, func(p *Point) *Number { return &p.TTFT.Avg }},
		{"throughput", j.Throughput, func(p *Point) *Number { return &p.Throughput }},
		{"ttft_p25", j.TTFT25, func(p *Point) *Number { return &p.TTFT.P25 }},
		{"ttft_p50", j.TTFT50, func(p *Point) *Number { return &p.TTFT.P50 }},
		{"ttft_p75", j.TTFT75, func(p *Point) *Number { return &p.TTFT.P75 }},
		{"itl_p25", j.ITL25, func(p *Point) *Number { return &p.ITL.P25 }},
		{"itl_p50", j.ITL50, func(p *Point) *Number { return &p.ITL.P50 }},
		{"itl_p75", j.ITL75, func(p *Point) *Number { return &p.ITL.P75 }},
	} {
		if len(l.from) != 0 && len(l.from) != len(s.Points) {
			return fmt.Errorf("%d prefix ratios but %d values of %s", len(s.Points), len(l.from), l.name)
		}
		for i, v := range l.from {
			*l.to(&s.Points[i]) = v
		}
	}
	return nil
}

// Point returns the point of a ratio, or nil.
func (s *Summary) Point(ratio float64) *Point {
	for i := range s.Points {
		if s.Points[i].Ratio == ratio {
			return &s.Points[i]
		}
	}
	return nil
}

// Write writes the summary into a folder.
func (s Summary) Write(dir string) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("summary of %s: %w", s.Name, err)
	}
	return atomicfile.Write(filepath.Join(dir, SummaryFile), append(b, '\n'))
}

// ReadSummary reads the summary of a folder, or the file itself, in any of the
// forms that the original benchmark wrote. No ratio in it is an error.
func ReadSummary(path string) (Summary, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, SummaryFile)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return Summary{}, fmt.Errorf("read summary: %w", err)
	}
	var s Summary
	if err = json.Unmarshal(b, &s); err == nil && len(s.Points) == 0 {
		err = errors.New("no prefix ratio in it")
	}
	if err != nil {
		return Summary{}, fmt.Errorf("read summary %s: %w", path, err)
	}
	return s, nil
}
