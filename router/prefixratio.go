package router

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/client"
	"github.com/dynbench/dynbench/harness/live"
	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/tokens"
	"github.com/dynbench/dynbench/harness/workload"
)

// Defaults of PrefixRatio, as the original benchmark has them.
const (
	DefaultRequests    = 200
	DefaultConcurrency = 20
)

// DefaultRatios are the prefix ratios of the original benchmark.
func DefaultRatios() []float64 { return []float64{0.1, 0.3, 0.5, 0.7, 0.9} }

// PrefixRatio is the sweep over the share of the prompt that requests have in
// common: prompts of a pool of prefixes with bodies of their own, at each ratio
// in turn, nothing warmed up. It measures the endpoints at URLs, or else stacks
// that it brings up itself, one for each of Modes, in interleaved repetitions
// with restarts between them.
type PrefixRatio struct {
	Ratios      []float64 // nil: DefaultRatios
	ISL, OSL    int       // 0: workload.DefaultPrefixISL, DefaultPrefixOSL
	Prefixes    int       // in the pool; 0: workload.DefaultPrefixes
	BodyStd     int       // of the bodies, in tokens; 0: a quarter of their mean; or workload.NoStd
	OSLStd      int       // likewise
	Balanced    bool      // every prefix gets as many requests as the others
	Requests    int       // at each ratio; 0: DefaultRequests
	Concurrency int       // 0: DefaultConcurrency
	Seed        int64     // the ratio k runs with Seed+k
	Salt        string    // changes every prompt; "": a random one
	Control     bool      // measures a ratio of 0 too: without reuse a router must not cost
	ExpectedOSL bool      // tells the router the output length that is asked
	TokenIDs    bool      // asks the completions endpoint by token ids instead of chat by text

	// URLs are endpoints that stand, replicas of one router: the requests and the
	// concurrency are shared out among them, and their records merged. They get
	// the same prefixes, unless OwnPools is set.
	URLs     []string
	OwnPools bool

	// Modes are measured on stacks of Bed, which says what stands behind the
	// router; its router and frontend are each mode's.
	Modes []Mode
	Bed   fixtures.Topology
	// Restart brings up anew for each run also engines that load a model. Without
	// it, on a machine without GPUs, where several stacks fit, those stay up from
	// their first run to the end: every pair has prompts that no cache knows.
	Restart bool
	// Pairs is how often every mode, or the URLs, are measured. 0:
	// harness.DefaultPairs, or once where there is nothing to compare.
	Pairs int

	Model     string           // "": the first that the target lists
	Tokenizer tokens.Tokenizer // nil: tokens.Approx{}
	Workers   int              // that must stand behind URLs, if not 0; of a stack Bed says it
	// MinPrefill and MinDecode are workers that must have answered. 0: in a stack
	// that names its workers, all must.
	MinPrefill, MinDecode int
	// AnyWorkers takes answers that name no worker, and does not ask for it: of
	// endpoints that tell none, or refuse the question (nvext).
	AnyWorkers bool
	BlockSize  int // of the KV cache, for the expectation; 0: that of Bed, or unknown
	Goodput    []metric.Limit

	TP  int    // for the summary: tensor parallel size of the workers
	GPU string // likewise: what they run on

	Client harness.ClientOptions
	// ReadyTimeout bounds the wait for an endpoint; 0: harness.DefaultReadyTimeout.
	ReadyTimeout time.Duration
	Existing     harness.Existing // Refuse, Fresh or Overwrite
	NoPlot       bool
	Progress     *live.View
	Log          *slog.Logger
	Command      string
	Tool         result.Tool
}

func (p PrefixRatio) withDefaults() PrefixRatio {
	if len(p.Ratios) == 0 {
		p.Ratios = DefaultRatios()
	}
	p.ISL, p.OSL = cmp.Or(p.ISL, workload.DefaultPrefixISL), cmp.Or(p.OSL, workload.DefaultPrefixOSL)
	p.Prefixes = cmp.Or(p.Prefixes, workload.DefaultPrefixes)
	p.Requests, p.Concurrency = cmp.Or(p.Requests, DefaultRequests), cmp.Or(p.Concurrency, DefaultConcurrency)
	if p.Tokenizer == nil {
		p.Tokenizer = tokens.Approx{}
	}
	if p.Log == nil {
		p.Log = slog.Default()
	}
	if p.Pairs == 0 {
		p.Pairs = 1
		if len(p.Modes) > 1 {
			p.Pairs = harness.DefaultPairs
		}
	}
	p.URLs = slices.Clone(p.URLs)
	for i, u := range p.URLs {
		if base, _, err := client.ParseURL(u, true); err == nil {
			p.URLs[i] = base
		}
	}
	if len(p.URLs) == 0 {
		p.Bed.Engines = cmp.Or(p.Bed.Engines, 1)
		p.Bed.Model = cmp.Or(p.Bed.Model, p.Model)
		if _, approx := p.Tokenizer.(tokens.Approx); p.Bed.Tokenizer == nil && !approx { // that is their own
			p.Bed.Tokenizer = p.Tokenizer
		}
		p.Workers = cmp.Or(p.Workers, p.Bed.Engines)
		p.BlockSize = cmp.Or(p.BlockSize, p.Bed.Engine.BlockSize, 64)
	}
	return p
}

// Validate names everything that is wrong, before anything is asked or brought
// up.
func (p PrefixRatio) Validate() error {
	p = p.withDefaults()
	var errs []error
	seen := map[float64]bool{}
	for _, r := range p.Ratios {
		if seen[r] {
			errs = append(errs, fmt.Errorf("prefix ratio %g: given twice", r))
		}
		seen[r] = true
	}
	sizes := p.validateSizes()
	for _, pt := range p.points() {
		if len(sizes) > 0 {
			break // each ratio would say it again
		}
		if err := pt.workload.Validate(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", pt.name, err))
		}
	}
	errs = append(errs, sizes...)
	if p.Requests < 1 || p.Concurrency < 1 || p.Pairs < 1 || p.Workers < 0 || p.MinPrefill < 0 || p.MinDecode < 0 {
		errs = append(errs, fmt.Errorf("%d requests, concurrency %d, %d pairs, %d workers, minima %d and %d: want at least 1, 1, 1, 0, 0, 0",
			p.Requests, p.Concurrency, p.Pairs, p.Workers, p.MinPrefill, p.MinDecode))
	}
	errs = append(errs, p.validateTargets()...)
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%w: %w", harness.ErrUsage, err)
	}
	return nil
}

// mostOpen are more requests in flight than any sweep needs and any machine holds.
const mostOpen = 1_000_000

// validateSizes refuses what is beyond all use at every ratio.
func (p PrefixRatio) validateSizes() (errs []error) {
	if p.ISL > workload.MostTokens || p.OSL > workload.MostTokens {
		errs = append(errs, fmt.Errorf("ISL %d and OSL %d: want at most %d tokens", p.ISL, p.OSL, workload.MostTokens))
	} else if p.Prefixes > workload.MostPoolTokens/max(p.ISL, 1) {
		errs = append(errs, fmt.Errorf("%d prefixes of prompts of %d tokens: want at most %d tokens in all", p.Prefixes, p.ISL, workload.MostPoolTokens))
	}
	if p.Concurrency > mostOpen {
		errs = append(errs, fmt.Errorf("concurrency %d: want at most %d", p.Concurrency, mostOpen))
	}
	return errs
}

func (p PrefixRatio) validateTargets() (errs []error) {
	switch {
	case len(p.URLs) > 0 && len(p.Modes) > 0:
		errs = append(errs, errors.New("URLs and modes exclude each other: an endpoint that stands has the mode that it has"))
	case len(p.URLs) == 0 && len(p.Modes) == 0:
		errs = append(errs, errors.New("neither a URL nor a mode: nothing to measure"))
	}
	for i, u := range p.URLs {
		if _, _, err := client.ParseURL(u, true); err != nil {
			errs = append(errs, err)
		} else if slices.Contains(p.URLs[:i], u) {
			errs = append(errs, fmt.Errorf("URL %s: given twice", u))
		}
	}
	if n := len(p.URLs); n > p.Requests {
		errs = append(errs, fmt.Errorf("%d URLs for %d requests: each needs one", n, p.Requests))
	}
	names := map[string]Mode{}
	for _, m := range p.Modes {
		if _, err := m.topology(p.Bed); err != nil {
			errs = append(errs, fmt.Errorf("mode %q: %w", m, err))
		}
		if other, ok := names[m.Folder()]; ok {
			said := "given twice"
			if other != m {
				said += fmt.Sprintf(", as %q too", other)
			}
			errs = append(errs, fmt.Errorf("mode %q: %s", m, said))
		}
		names[m.Folder()] = m
	}
	return errs
}

// point is one ratio of the sweep.
type point struct {
	ratio    float64
	seed     int64
	name     string // of its level and folder, as the original names it
	control  bool
	workload workload.PrefixPool
}

// points are the ratios in their order, the control last.
func (p PrefixRatio) points() []point {
	ratios := slices.Clone(p.Ratios)
	if p.Control {
		ratios = append(ratios, 0)
	}
	out := make([]point, len(ratios))
	for k, r := range ratios {
		w := workload.PrefixPool{
			ISL: p.ISL, OSL: p.OSL, Ratio: r, Prefixes: p.Prefixes, BodyStd: p.BodyStd, OSLStd: p.OSLStd,
			Balanced: p.Balanced, TokenIDs: p.TokenIDs, Offset: int64(k),
		}
		seed := p.Seed + int64(k)
		name := fmt.Sprintf("prefix_ratio_%s_seed_%d", python(r), seed)
		control := p.Control && k == len(p.Ratios)
		if control {
			name = fmt.Sprintf("no_reuse_seed_%d", seed)
		}
		out[k] = point{r, seed, name, control, w}
	}
	return out
}

// Axis is the name of the axis that the ratios are on.
const Axis = "prefix_ratio"

// level is the level of one ratio, of the share that a URL has of it.
func (p PrefixRatio) level(pt point, requests, concurrency int) load.Level {
	return load.Level{
		Name:     pt.name,
		Axes:     []load.Axis{{Name: Axis, Value: pt.ratio}, {Name: load.AxisConcurrency, Value: float64(concurrency)}},
		Plan:     load.Plan{Concurrency: concurrency, Warmup: load.NoWarmup, Measure: load.Requests(requests)},
		Workload: pt.workload,
	}
}

// sweep is what all runs of the benchmark have in common.
func (p PrefixRatio) sweep(levels ...load.Level) harness.Sweep {
	c := p.Client
	c.Extra = p.extra()
	if p.TokenIDs {
		c.Endpoint = client.Completions
	}
	return harness.Sweep{
		Levels: levels, Seed: p.Seed, Salt: p.Salt, Tokenizer: p.Tokenizer, Goodput: p.Goodput, Client: c,
		ReadyTimeout: p.ReadyTimeout, MaxErrorRate: 1, NoPlot: true, Progress: p.Progress, Log: p.Log, Command: p.Command, Tool: p.Tool,
	}
}

// extra asks for the worker that answered, and tells the output length that is
// expected.
func (p PrefixRatio) extra() map[string]any {
	all := map[string]any{}
	for k, v := range p.Client.Extra {
		all[k] = v
	}
	nvext := map[string]any{}
	if own, ok := all["nvext"].(map[string]any); ok {
		for k, v := range own {
			nvext[k] = v
		}
	}
	if _, ok := nvext["extra_fields"]; !ok && !p.AnyWorkers {
		nvext["extra_fields"] = []string{"worker_id"}
	}
	if p.ExpectedOSL {
		nvext["agent_hints"] = map[string]any{"osl": p.OSL}
	}
	if len(nvext) > 0 {
		all["nvext"] = nvext
	}
	return all
}

// config is what the summary says was asked.
func (p PrefixRatio) config(model string) Config {
	return Config{
		Model: model, Tokenizer: p.Tokenizer.Name(), ISL: p.ISL, OSL: p.OSL, Requests: p.Requests, Concurrency: p.Concurrency,
		Seed: p.Seed, TP: p.TP, GPU: p.GPU, Prefixes: p.Prefixes, Balanced: p.Balanced, ExpectedOSL: p.ExpectedOSL,
	}
}
