package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/harness/config"
	"github.com/dynbench/dynbench/harness/workload"
	"github.com/dynbench/dynbench/router"
)

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
	fs.IntVar(&r.TP, "tensor-parallel-size", 0, "tensor parallel size of the workers, for the summary")

	fs.StringArrayVar(&f.modes, "modes", nil, "router modes to bring up and compare, separated by blanks or commas")
	fs.BoolVar(&r.Restart, "restart", false, "bring up anew for each run also engines that load a model")
	fs.IntVar(&r.Pairs, "pairs", 0, "how often each mode is measured (default 5, or 1 without comparison)")
	fs.StringVar(&r.Bed.EngineKind, "engine", "", "place of the engines: embedded, embedded:dynamo, process:mocker, process:vllm, ... (default DYNBENCH_ENGINE)")
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
	fs.Lookup("prefix-ratios").DefValue = "0.1 0.3 0.5 0.7 0.9"
	for _, name := range []string{ // of which 0 is said in words, or says nothing
		"tensor-parallel-size", "pairs", "blocks", "body-std", "osl-std", "workers", "minimum-prefill-workers", "minimum-decode-workers", "ready-timeout",
	} {
		fs.Lookup(name).DefValue = ""
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
	errs = append(errs, f.bounds(fs)...)
	r.BodyStd, r.OSLStd, r.Bed.Timeout = f.bodyStd, f.oslStd, r.ReadyTimeout
	if len(r.Modes) == 0 && !fs.Changed("modes") {
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
	if r.Goodput, err = config.ParseGoodput(f.goodput); err != nil {
		errs = append(errs, marked{errUsage, err})
	}
	if r.Tokenizer, err = router.Tokenizer(f.tokenizer, r.Model, placed(r.Bed, r.Modes)); err != nil {
		errs = append(errs, marked{errUsage, fmt.Errorf("--tokenizer %s: %w", f.tokenizer, err)})
	}
	return errors.Join(errs...)
}

// bounds are the flags whose values are none that can be meant.
func (f *prefixFlags) bounds(fs *pflag.FlagSet) (errs []error) {
	for _, b := range []struct {
		least int
		names []string
	}{
		{1, []string{"num-prefix-prompts", "isl", "osl", "requests", "concurrency", "engines", "block-size", "blocks", "pairs", "tensor-parallel-size"}},
		{0, []string{"workers", "minimum-prefill-workers", "minimum-decode-workers"}},
		{-1, []string{"body-std", "osl-std"}},
	} {
		for _, name := range b.names {
			if v := fs.Lookup(name).Value.String(); fs.Changed(name) && isBelow(v, b.least) {
				errs = append(errs, usagef("--%s %s: want at least %d", name, v, b.least))
			}
		}
	}
	for _, name := range []string{"prefix-ratios", "modes", "url"} {
		if fs.Changed(name) && len(words(f.lists(name))) == 0 {
			errs = append(errs, usagef("--%s: no value in it", name))
		}
	}
	if s := f.ratio.Bed.Engine.Speedup; fs.Changed("speedup") && (!(s > 0) || math.IsInf(s, 0)) {
		errs = append(errs, usagef("--speedup %g: want a number above 0", s))
	}
	if t := f.ratio.ReadyTimeout; fs.Changed("ready-timeout") && t <= 0 {
		errs = append(errs, usagef("--ready-timeout %s: want more than 0", t))
	}
	return errs
}

// lists are the values of a flag that takes several.
func (f *prefixFlags) lists(name string) []string {
	return map[string][]string{"prefix-ratios": f.ratios, "modes": f.modes, "url": f.ratio.URLs}[name]
}

// isBelow says that a whole number, as a flag holds it, is less than the least.
func isBelow(value string, least int) bool {
	n, err := strconv.Atoi(value)
	return err == nil && n < least
}

// bed takes from the environment what the flags leave open, and says what it
// makes otherwise than asked. The router is the modes' business.
func (f *prefixFlags) bed(fs *pflag.FlagSet, p *Process) error {
	given := map[string]string{"DYNBENCH_URL": "", "DYNBENCH_FRONTEND": ""}
	var said []string // what the variables of the messages are here
	for name, flag := range map[string]string{"DYNBENCH_ENGINE": "engine", "DYNBENCH_ENGINES": "engines", "DYNBENCH_MODEL": "model"} {
		if fs.Changed(flag) {
			given[name] = fs.Lookup(flag).Value.String()
			said = append(said, name+"=", "--"+flag+" ")
		}
	}
	if f.ratio.Bed.Engines < 1 {
		return nil // bounds says it
	}
	t, err := fixtures.FromEnv(f.ratio.Bed, func(name string) (string, bool) {
		if v, ok := given[name]; ok {
			return v, v != ""
		}
		return p.LookupEnv(name)
	})
	if err != nil {
		return marked{errUsage, errors.New(strings.NewReplacer(said...).Replace(err.Error()))}
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
