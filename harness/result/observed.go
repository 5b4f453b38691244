package result

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/dynbench/dynbench/internal/atomicfile"
)

// ObservedFile holds the Points of a level.
const ObservedFile = "observed.json"

// ObservedSchema is the schema of observed.json.
const ObservedSchema = "dynbench.observed/1"

// The kinds of observed series.
const (
	Counter   = "counter"
	Gauge     = "gauge"
	Histogram = "histogram" // a summary too
)

// Observed is what the target's own metrics said of a level, from just before its
// first request, the warm-up's included, to just after its last.
type Observed struct {
	URLs   []ObservedURL    `json:"urls"`
	Series []ObservedSeries `json:"series"`
	// LeftOut counts the series beyond the number that is kept.
	LeftOut int `json:"series_left_out,omitempty"`
}

// ObservedURL is one page of metrics.
type ObservedURL struct {
	URL     string  `json:"url"`
	Scrapes int     `json:"scrapes"`           // that succeeded
	Failed  int     `json:"failed,omitempty"`  // that did not
	Error   string  `json:"error,omitempty"`   // of the last that failed
	Seconds float64 `json:"seconds,omitempty"` // that the successful ones took in all
}

// ObservedSeries is one series of one page. Which fields tell something depends
// on Kind; 0 is left out of the file.
type ObservedSeries struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels,omitempty"`
	URL    int               `json:"url"` // index of its page
	Kind   string            `json:"kind"`
	// Delta is what a counter grew by, or the number of a histogram's new
	// observations. A counter that began anew meanwhile counts from 0.
	Delta float64 `json:"delta,omitempty"`
	// Mean is that of a gauge over the scrapes, or of a histogram's new
	// observations.
	Mean float64 `json:"mean,omitempty"`
	Min  float64 `json:"min,omitempty"`  // of a gauge
	Max  float64 `json:"max,omitempty"`  // of a gauge
	Last float64 `json:"last,omitempty"` // of a gauge or a counter, in the last scrape
}

// Points is what observed.json holds: series over time, thinned out to at most
// 200 points each. A histogram's points count its observations.
type Points struct {
	Schema string        `json:"schema"`
	Base   time.Time     `json:"base"` // wall clock at stamp 0
	URLs   []string      `json:"urls"`
	Series []PointSeries `json:"series"`
}

// PointSeries is one series: its value at each stamp.
type PointSeries struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels,omitempty"`
	URL    int               `json:"url"`
	Kind   string            `json:"kind"`
	At     []int64           `json:"at"` // ns from the base of the level, as in its records
	Value  []float64         `json:"value"`
}

// WritePoints writes observed.json into the folder of a level.
func WritePoints(levelPath string, p *Points) error {
	p.Schema = ObservedSchema
	b, err := compact(p)
	if err != nil {
		return fmt.Errorf("write %s: %w", ObservedFile, err)
	}
	return atomicfile.Write(filepath.Join(levelPath, ObservedFile), b)
}

// ReadPoints reads observed.json from the folder of a level; fs.ErrNotExist where
// nothing was observed.
func ReadPoints(levelPath string) (*Points, error) {
	path := filepath.Join(levelPath, ObservedFile)
	b, err := readBounded(path)
	if err != nil {
		return nil, err
	}
	p, err := parsePoints(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}
