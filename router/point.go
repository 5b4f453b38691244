package router

import (
	"fmt"
	"net/http"
	"path/filepath"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
)

// Point is what one arm came to at one prefix ratio: all its runs and all its
// URLs, merged record by record.
type Point struct {
	Ratio    float64 `json:"prefix_ratio"`
	Seed     int64   `json:"seed"` // of the sweep, plus the place of the ratio in it
	Runs     int     `json:"runs"`
	Prefix   int     `json:"prefix_tokens"`
	Requests int     `json:"requests"` // measured ones that ended
	OK       int     `json:"ok"`
	Failures Counts  `json:"failures"`

	TTFT Figures `json:"time_to_first_token_ms"`
	ITL  Figures `json:"inter_token_latency_ms"`
	// Throughput is the output tokens a second of all URLs, Rate the requests a
	// second that were answered, both means over runs. Goodput counts the good
	// ones: answered in the length that was asked, within the limits where any
	// were given; rejected requests are none. Good is their share of all.
	Throughput Number `json:"output_token_throughput"`
	Rate       Number `json:"request_throughput"`
	Goodput    Number `json:"goodput"`
	Good       Number `json:"good_request_fraction"`

	Input   Number `json:"input_tokens_mean"`
	HitRate Number `json:"cache_hit_ratio"` // null: the server tells no cached tokens
	Oracle  Shares `json:"oracle"`
	Dataset string `json:"dataset_sha256,omitempty"` // of the first run's prompts and lengths
	// Workers answered in every run, at least; Balance and ByTokens are the
	// coefficients of variation over them, by requests and by tokens, means over
	// runs: workers that were restarted have other ids.
	Workers  int    `json:"workers_seen"`
	Balance  Number `json:"requests_cv"`
	ByTokens Number `json:"tokens_cv"`

	byRun  []Participation
	sample string // what the first request failed with that nothing explains
}

// Counts are requests that did not end well, apart by kind. Short ones are
// answered requests with fewer tokens than were asked.
type Counts struct {
	Rejected    int `json:"rejected"`    // status 429 and 503
	Unexplained int `json:"unexplained"` // other statuses from 500 on
	Timeouts    int `json:"timeouts"`
	Other       int `json:"other"`
	Short       int `json:"short_outputs"`
}

// Figures are the mean and percentiles of a latency in ms, null without data.
type Figures struct {
	Avg Number `json:"avg"`
	P25 Number `json:"p25"`
	P50 Number `json:"p50"`
	P75 Number `json:"p75"`
	P90 Number `json:"p90"`
	P99 Number `json:"p99"`
}

func figures(s metric.Stats, ok bool) Figures {
	if !ok || s.Count == 0 {
		return Figures{missing(), missing(), missing(), missing(), missing(), missing()}
	}
	at := func(p float64) Number {
		if q, ok := s.Quantile(p); ok {
			return Number(q.Value)
		}
		return missing()
	}
	return Figures{Number(s.Avg), at(25), at(50), at(75), at(90), at(99)}
}

// place is where one level of one run lies: of one repetition and one URL.
type place struct {
	dir   string // of the run, which holds run.json
	level string
}

// merger gathers the places of a point.
type merger struct {
	limits []metric.Limit
	all    *metric.Acc
	point  Point
	runs   []perRun
}

// perRun is one repetition, over all its URLs. Windows are put together on the
// wall clock: the stamps of each URL count from a base of its own.
type perRun struct {
	start, end    float64 // s, of the wall clock
	output        int
	ok, good      int
	participation Participation
}

// merge reads the records of a ratio: places by repetition, then by URL.
func merge(limits []metric.Limit, places [][]place) (Point, error) {
	m := merger{limits: limits, all: metric.Standard().Begin(limits...)}
	for _, urls := range places {
		run := perRun{participation: Participation{Source: SourceAnswers}}
		for _, p := range urls {
			if err := m.read(p, &run); err != nil {
				return m.point, err
			}
		}
		m.runs = append(m.runs, run)
	}
	return m.finish(), nil
}

func (m *merger) read(p place, run *perRun) error {
	loaded, err := result.Load(p.dir)
	if err != nil {
		return err
	}
	l := loaded.Level(p.level)
	if l == nil {
		return fmt.Errorf("%s has no level %s", p.dir, p.level)
	}
	if l.Requests == 0 {
		return fmt.Errorf("level %s of %s: %s: %s", p.level, p.dir, l.State, l.Reason)
	}
	base := float64(l.Base.UnixNano()) / 1e9
	start, end := base+float64(l.Window.Start)/1e9, base+float64(l.Window.End)/1e9
	if run.end == 0 || start < run.start {
		run.start = start
	}
	run.end = max(run.end, end)
	path := filepath.Join(p.dir, filepath.FromSlash(l.Dir), result.RecordsFile)
	run.participation.Files = append(run.participation.Files, path)
	for r, err := range record.ReadFile(path) {
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if r.Phase == record.Measured && r.Outcome != record.Cancelled {
			m.add(&r, run)
		}
	}
	return nil
}

func (m *merger) add(r *record.Record, run *perRun) {
	_ = m.all.Put(*r) // it never fails
	run.participation.add(r)
	m.point.Requests++
	f := &m.point.Failures
	status := 0
	if r.Error != nil {
		status = r.Error.Status
	}
	switch {
	case r.OK():
		run.ok++
		run.output += r.OSL()
		if short(r) {
			f.Short++
		} else if metric.AllMet(m.limits, r) {
			run.good++
		}
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		f.Rejected++
	case r.Outcome == record.Timeout:
		f.Timeouts++
	case status >= http.StatusInternalServerError:
		f.Unexplained++
		m.sample(r)
	default:
		f.Other++
		m.sample(r)
	}
}

// sample keeps the first failure that nothing explains.
func (m *merger) sample(r *record.Record) {
	if m.point.sample != "" {
		return
	}
	m.point.sample = r.Outcome.String()
	if e := r.Error; e != nil {
		m.point.sample = result.ErrorGroup{Code: e.Status, Type: r.Outcome.String(), Message: e.Message}.Cause()
	}
}

// short says that the server itself counted fewer tokens than were asked.
func short(r *record.Record) bool {
	return r.Wanted > 0 && r.OutputSource == record.Usage && r.OSL() < r.Wanted
}

func (m *merger) finish() Point {
	p := m.point
	p.Runs = len(m.runs)
	stats := m.all.Stats(metric.Facts{})
	of := func(x metric.Metric) (metric.Stats, bool) {
		s, ok := stats[x.Def().Key]
		return s, ok
	}
	p.TTFT, p.ITL = figures(of(metric.TTFT)), figures(of(metric.ITL))
	p.Input, p.HitRate = missing(), missing()
	if s, ok := of(metric.ISL); ok {
		p.Input = Number(s.Avg)
	}
	if s, ok := of(metric.CacheHitRatio); ok {
		p.HitRate = Number(s.Avg)
	}
	good := 0
	for i, r := range m.runs {
		p.OK += r.ok
		good += r.good
		r.participation.settle()
		p.byRun = append(p.byRun, r.participation)
		if n := len(r.participation.Decode); i == 0 || n < p.Workers {
			p.Workers = n
		}
	}
	p.Throughput = m.mean(func(r perRun) float64 { return float64(r.output) })
	p.Rate = m.mean(func(r perRun) float64 { return float64(r.ok) })
	p.Goodput = m.mean(func(r perRun) float64 { return float64(r.good) })
	p.Good = missing()
	if p.Requests > 0 {
		p.Good = Number(float64(good) / float64(p.Requests))
	}
	return p
}

// mean is the mean over runs of what is counted a second.
func (m *merger) mean(count func(perRun) float64) Number {
	sum := 0.0
	for _, r := range m.runs {
		if r.end <= r.start {
			return missing()
		}
		sum += count(r) / (r.end - r.start)
	}
	return Number(sum / float64(len(m.runs)))
}

// settle adds what the caller knows and records do not say.
func (p *Point) settle(workers, concurrency, prefixes, blockSize int) {
	seen := max(workers, p.Workers)
	input := float64(p.Input)
	if !p.Input.Known() {
		input = 0
	}
	p.Oracle = Oracle{
		Requests: p.Requests / max(p.Runs, 1), Prefixes: prefixes, Workers: seen, Concurrency: concurrency,
		Prefix: p.Prefix, Input: input, BlockSize: blockSize,
	}.Shares()
	p.Balance, p.ByTokens = variation(p.byRun, seen, ByRequests), variation(p.byRun, seen, ByTokens)
}

// variation is the mean of the coefficients of variation of runs.
func variation(runs []Participation, workers int, by func(WorkerShare) int) Number {
	sum := 0.0
	for _, r := range runs {
		sum += r.Variation(RoleDecode, workers, by)
	}
	return Number(sum / float64(len(runs)))
}
