package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/live"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/workload"
	"github.com/dynbench/dynbench/router"
)

// prefixFlags are the flags that are no field of router.PrefixRatio as they are.
type prefixFlags struct {
	ratio     router.PrefixRatio
	dir       string
	modes     []string
	ratios    []string
	tokenizer string
	goodput   string
	gpu       bool // collect-gpu-sku
	overwrite bool
	verbose   bool
	bodyStd   int
	oslStd    int
}

// defaultURL is where the original benchmark asks.
const defaultURL = "http://localhost:8000"

func newPrefixRatioCommand(p *Process) *cobra.Command {
	var f prefixFlags
	c := &cobra.Command{
		Use:   "prefix-ratio",
		Short: "Measure TTFT and throughput over the share of the prompt that is shared",
		Long: `Measure TTFT and throughput over the share of the prompt that requests have in
common: each prompt is one of a pool of prefixes and a body of its own, a ratio
after the other, nothing warmed up. Flags, defaults, folders and files are those
of the original benchmark's prefix_ratio_benchmark.py.

Without --modes it measures the endpoints of --url, several as replicas of one
router: requests and concurrency are shared out, records merged, and a URL that
fails fails the run.

With --modes it brings a stack up for each mode, in turns, --pairs times, with
restarts between, and compares the modes with intervals over the pairs. A mode is
round-robin, random, least-loaded, kv or kv-approx of the router that belongs to
the engines (the reference router for simulated ones, Dynamo's frontend for
mockers and vLLM under Dynamo), or ROUTER:RULE: dynamo:kv, reference:kv,
vllm-router:cache_aware, sglang-router:cache_aware, and so on. The first mode is
the one that the others are compared with. --engine is a place as "up" has it;
dynamo:kv@process:mocker has engines of its own. Engines that load a model stay up
between the runs of a mode where the machine has no GPU, and get prompts that
their caches do not know.

Beside the measured hit rate stand the two that caches without limit would give,
to routing by prefix and to routing without regard to it. What must be looked at
before the figures may be believed is looked at: that all workers answered, that
all modes were asked the same, that a router that goes by KV events got some, that
no request failed without a reason. The command ends with 3 where that is not so.`,
		Example: `  dynbench router prefix-ratio --url http://127.0.0.1:8000 --model qwen --tokenizer models/qwen
  dynbench router prefix-ratio --modes round-robin kv --engines 4 --prefix-ratios 0.5 0.9 --control
  dynbench router prefix-ratio --modes round-robin kv --engine process:mocker --engines 4 --blocks 2000 --block-size 16 \
    --isl 2000 --osl 50 --body-std -1 --osl-std -1 --prefix-ratios 0.9 --requests 160 --concurrency 16
  dynbench router prefix-ratio --modes reference:kv vllm-router:kv_aware dynamo:kv@process:mocker --model qwen --block-size 16`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.read(c.Flags(), p); err != nil {
				return err
			}
			return p.prefixRatio(c.Context(), f)
		},
	}
	f.bind(c.Flags())
	return c
}

func (f *prefixFlags) bind(fs *pflag.FlagSet) {
	r := &f.ratio
	fs.SortFlags = false
	fs.StringVarP(&r.Model, "model", "m", "", "model to ask (default the first that the endpoint lists)")
	fs.StringVar(&f.tokenizer, "tokenizer", "auto", "tokenizer.json, a folder with one, a model of the hub's cache, approx, or auto")
	fs.StringArrayVarP(&r.URLs, "url", "u", nil, "endpoints that stand, separated by blanks (default "+defaultURL+")")
	fs.StringVar(&f.dir, "output-dir", "kv_router", "folder for results")
	fs.IntVar(&r.Prefixes, "num-prefix-prompts", workload.DefaultPrefixes, "prefixes in the pool")
	fs.IntVar(&r.ISL, "isl", workload.DefaultPrefixISL, "mean prompt tokens")
	fs.IntVar(&r.OSL, "osl", workload.DefaultPrefixOSL, "mean output tokens")
	fs.IntVar(&r.Requests, "requests", router.DefaultRequests, "requests at each ratio")
	fs.IntVar(&r.Concurrency, "concurrency", router.DefaultConcurrency, "requests in flight")
	fs.Int64Var(&r.Seed, "seed", 0, "seed of the first ratio; each next one adds 1")
	fs.StringArrayVar(&f.ratios, "prefix-ratios", []string{"0.1", "0.3", "0.5", "0.7", "0.9"}, "ratios, separated by blanks or commas")
	fs.BoolVar(&r.ExpectedOSL, "use-expected-osl", false, "tell the router the output length (nvext.agent_hints.osl)")
	fs.BoolVar(&f.gpu, "collect-gpu-sku", false, "write this machine's GPU into the summary")
	fs.IntVar(&r.TP, "tensor-parallel-size", 0, "of the workers, for the summary")

	fs.StringArrayVar(&f.modes, "modes", nil, "router modes to bring up and compare, separated by blanks or commas")
	fs.BoolVar(&r.Restart, "restart", false, "bring up anew for each run also engines that load a model")
	fs.IntVar(&r.Pairs, "pairs", 0, "how often each mode is measured (default 5, or 1 without comparison)")
	fs.StringVar(&r.Bed.EngineKind, "engine", "", "place of the engines: embedded, process:mocker, process:vllm, ... (default DYNBENCH_ENGINE)")
	fs.IntVar(&r.Bed.Engines, "engines", 4, "workers behind each router, unless DYNBENCH_ENGINES says how many")
	fs.IntVar(&r.Bed.Engine.Blocks, "blocks", 0, "KV blocks of a worker (default the engine's)")
	fs.IntVar(&r.Bed.Engine.BlockSize, "block-size", 64, "tokens of a KV block")
	fs.Float64Var(&r.Bed.Engine.Speedup, "speedup", 1, "divides the times that simulated engines take")
	fs.BoolVar(&r.Balanced, "balanced", false, "as many requests for each prefix, in place of drawn ones")
	fs.BoolVar(&r.TokenIDs, "token-ids", false, "ask the completions endpoint by token ids, in place of chat by text")
	fs.BoolVar(&r.Control, "control", false, "measure prompts without any reuse too")
	fs.IntVar(&f.bodyStd, "body-std", 0, "standard deviation of bodies in tokens (0: a quarter of their mean; -1: none)")
	fs.IntVar(&f.oslStd, "osl-std", 0, "standard deviation of the OSL in tokens (0: a quarter of it; -1: none)")
	fs.StringVar(&r.Salt, "salt", "", "repeats the prompts of a run that had this salt (default a random one)")
	fs.BoolVar(&r.OwnPools, "own-pools", false, "prefixes of its own for each URL")
	fs.IntVar(&r.Workers, "workers", 0, "workers that must stand behind the URLs and answer")
	fs.IntVar(&r.MinPrefill, "minimum-prefill-workers", 0, "prefill workers that must have answered")
	fs.IntVar(&r.MinDecode, "minimum-decode-workers", 0, "decode workers that must have answered (default all of a stack)")
	fs.BoolVar(&r.AnyWorkers, "any-workers", false, "do not ask which worker answered, of endpoints that tell none or refuse nvext")
	fs.DurationVar(&r.ReadyTimeout, "ready-timeout", 0, "how long an endpoint or a stack may take to be ready (default 1m, 3m for engines that load a model)")
	fs.StringVar(&f.goodput, "goodput", "", "limits of a good request, as 'time_to_first_token:200 inter_token_latency:20'")
	fs.BoolVar(&f.overwrite, "overwrite", false, "move results that are there aside")
	fs.BoolVar(&r.NoPlot, "no-plot", false, "no plots")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "log more")
	for _, name := range []string{"url", "prefix-ratios", "modes"} {
		note(fs.Lookup(name), noteEach, "")
		note(fs.Lookup(name), noteRepeat, "")
	}
	describeValues(fs, map[string]string{
		"model": "MODEL", "tokenizer": "NAME", "url": "URL", "output-dir": "DIR", "num-prefix-prompts": "N", "isl": "TOKENS", "osl": "TOKENS",
		"requests": "N", "concurrency": "N", "seed": "N", "prefix-ratios": "RATIO", "tensor-parallel-size": "N", "modes": "MODE", "pairs": "N",
		"engine": "PLACE", "engines": "N", "blocks": "N", "block-size": "TOKENS", "speedup": "FACTOR", "body-std": "TOKENS", "osl-std": "TOKENS",
		"salt": "TEXT", "workers": "N", "minimum-prefill-workers": "N", "minimum-decode-workers": "N", "goodput": "LIMITS", "ready-timeout": "DURATION",
	})
}

// read makes typed values of the flags and refuses what cannot be meant.
func (f *prefixFlags) read(fs *pflag.FlagSet, p *Process) error {
	r := &f.ratio
	var errs []error
	r.Ratios = nil
	for _, w := range words(f.ratios) {
		x, err := parseRatio(w)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		r.Ratios = append(r.Ratios, x)
	}
	for _, w := range words(f.modes) {
		r.Modes = append(r.Modes, router.Mode(w))
	}
	for _, name := range []string{"num-prefix-prompts", "isl", "osl", "requests", "concurrency", "engines", "block-size"} {
		if v := fs.Lookup(name).Value.String(); v == "0" || strings.HasPrefix(v, "-") {
			errs = append(errs, usagef("--%s %s: want at least 1", name, v))
		}
	}
	if fs.Changed("pairs") && r.Pairs < 1 {
		errs = append(errs, usagef("--pairs %d: want at least 1", r.Pairs))
	}
	if r.ReadyTimeout < 0 {
		errs = append(errs, usagef("--ready-timeout %s: want more than 0", r.ReadyTimeout))
	}
	r.BodyStd, r.OSLStd, r.Bed.Timeout = f.bodyStd, f.oslStd, r.ReadyTimeout
	if len(r.Modes) == 0 {
		for _, name := range []string{"engine", "engines", "blocks", "speedup"} {
			if fs.Changed(name) {
				errs = append(errs, usagef("--%s belongs to a stack that --modes brings up; an endpoint has its own", name))
			}
		}
		if len(r.URLs) == 0 {
			r.URLs = []string{defaultURL}
		}
		r.BlockSize = r.Bed.Engine.BlockSize
		if !fs.Changed("block-size") {
			r.BlockSize = 0
		}
		r.Bed = fixtures.Topology{}
	} else {
		errs = append(errs, f.bed(fs, p))
	}
	var err error
	if r.Goodput, err = goodputLimits(f.goodput); err != nil {
		errs = append(errs, marked{errUsage, err})
	}
	if r.Tokenizer, err = router.Tokenizer(f.tokenizer, r.Model, placed(r.Bed, r.Modes)); err != nil {
		errs = append(errs, marked{errUsage, fmt.Errorf("--tokenizer %s: %w", f.tokenizer, err)})
	}
	return errors.Join(errs...)
}

// bed takes from the environment what the flags leave open, and says what it
// makes otherwise than asked. The router is the modes' business.
func (f *prefixFlags) bed(fs *pflag.FlagSet, p *Process) error {
	given := map[string]string{"DYNBENCH_URL": "", "DYNBENCH_FRONTEND": ""}
	for name, flag := range map[string]string{"DYNBENCH_ENGINE": "engine", "DYNBENCH_ENGINES": "engines", "DYNBENCH_MODEL": "model"} {
		if fs.Changed(flag) {
			given[name] = fs.Lookup(flag).Value.String()
		}
	}
	t, err := fixtures.FromEnv(f.ratio.Bed, func(name string) (string, bool) {
		if v, ok := given[name]; ok {
			return v, v != ""
		}
		return p.LookupEnv(name)
	})
	if err != nil {
		return marked{errUsage, err}
	}
	for _, n := range t.Notes() {
		fmt.Fprintln(p.Stderr, "dynbench:", n)
	}
	f.ratio.Bed = t
	return nil
}

// placed is a bed whose engines are those of the first mode that has its own, if
// it says nothing itself: all modes are asked in the tokens of one tokenizer.
func placed(bed fixtures.Topology, modes []router.Mode) fixtures.Topology {
	for _, m := range modes {
		if bed.EngineKind == "" || bed.EngineKind == "embedded" {
			bed.EngineKind = m.Place()
		}
	}
	return bed
}

// words are the words in values that may be lists.
func words(values []string) []string {
	return strings.FieldsFunc(strings.Join(values, ","), func(r rune) bool { return r == ',' || r == ' ' })
}

func parseRatio(w string) (float64, error) {
	var x float64
	if _, err := fmt.Sscanf(w+"\n", "%g\n", &x); err != nil || !(x >= 0 && x <= 1) {
		return 0, usagef("--prefix-ratios %q: want numbers from 0 to 1, as in 0.1 0.5 0.9", w)
	}
	return x, nil
}

func goodputLimits(s string) ([]metric.Limit, error) {
	by := map[string]float64{}
	for _, w := range words([]string{s}) {
		key, value, ok := strings.Cut(w, ":")
		var x float64
		if _, err := fmt.Sscanf(value+"\n", "%g\n", &x); !ok || err != nil {
			return nil, fmt.Errorf("--goodput %q: want KEY:NUMBER, as in time_to_first_token:200", w)
		}
		by[key] = x
	}
	limits, err := result.Limits(metric.Standard(), by)
	if err != nil {
		return nil, fmt.Errorf("--goodput %q: %w", s, err)
	}
	return limits, nil
}

func (p *Process) prefixRatio(ctx context.Context, f prefixFlags) error {
	r := f.ratio
	view := live.New(live.Config{Out: p.Stderr, Terminal: p.Terminal, Width: p.Width})
	r.Progress, r.Log, r.Tool = view, newLog(view, f.verbose), thisBuild().tool()
	r.Command = strings.Join(append([]string{"dynbench"}, p.Args...), " ")
	if f.overwrite {
		r.Existing = harness.Overwrite
	}
	if f.gpu {
		r.GPU = gpuSKU(ctx)
	}
	report, err := r.Run(ctx, p.path(f.dir))
	if report == nil {
		return err
	}
	if e := p.showRatios(report); e != nil {
		return e
	}
	if err != nil && ctx.Err() == nil {
		return withNext(marked{errLevelFailed, err}, "what was measured is in %s; --overwrite moves it aside", report.Dir)
	}
	return err
}

// showRatios prints what a sweep came to.
func (p *Process) showRatios(report *router.Report) error {
	var names []string
	var summaries []router.Summary
	for _, a := range report.Arms {
		if a.Void == "" {
			names, summaries = append(names, a.Name), append(summaries, a)
		}
	}
	fmt.Fprint(p.Stdout, router.Table(names, summaries))
	if err := report.Verdict(p.Stdout); err != nil {
		return err
	}
	for _, a := range report.Arms {
		for _, c := range a.Checks {
			fmt.Fprintln(p.Stdout, c)
		}
	}
	_, err := fmt.Fprintf(p.Stdout, "\nresults  %s\n", report.Dir)
	for _, f := range report.Files {
		switch {
		case strings.HasSuffix(f, ".png"):
			fmt.Fprintf(p.Stdout, "plot     %s\n", f)
		case filepath.Base(f) == router.TableFile:
			fmt.Fprintf(p.Stdout, "table    %s\n", f)
		}
	}
	return err
}

// gpuSKU is the name of this machine's first GPU, or "unknown".
func gpuSKU(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "nvidia-smi", "--query-gpu=name", "--format=csv,noheader").Output()
	name, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if err != nil || name == "" {
		return "unknown"
	}
	return name
}
