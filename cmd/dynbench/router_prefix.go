package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/live"
	"github.com/dynbench/dynbench/harness/report"
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
no request failed without a reason. The command ends with 3 where that is not so,
or a point is missing, and with 1 where a target or a part could not be had.`,
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
	all, err := r.Run(ctx, p.path(f.dir))
	if all != nil && all.Measured() {
		if e := p.showRatios(all); e != nil {
			return e
		}
	}
	if err == nil {
		return nil
	}
	return ratioError(ctx, err, absolute(p.path(f.dir)), all != nil && all.Measured())
}

// ratioError gives the error of a sweep its exit code, and says what to do next.
func ratioError(ctx context.Context, err error, dir string, measured bool) error {
	missing := new(fixtures.MissingError)
	switch {
	case ctx.Err() != nil && measured:
		return withNext(err, "what was measured is below %s; --overwrite moves it aside and begins anew", dir)
	case ctx.Err() != nil:
		return withNext(err, "no run had come to its end; --overwrite moves aside what had begun, if anything, below %s", dir)
	case errors.Is(err, harness.ErrUsage):
		return err
	case errors.Is(err, harness.ErrExists):
		return withNext(err, "add --overwrite, or choose another --output-dir")
	case errors.As(err, &missing):
		return withNext(err, "set up what is missing, leave that mode out, or place the part elsewhere")
	case !measured && (errors.Is(err, router.ErrCheck) || errors.Is(err, router.ErrRun) || errors.Is(err, router.ErrMissing)):
		return withNext(marked{errLevelFailed, err}, "mend this and give the command again; what had begun, if anything, lies below %s", dir)
	case errors.Is(err, router.ErrNoWorkerIDs):
		return withNext(marked{errLevelFailed, err}, "--any-workers takes answers that name no worker; what was measured is below %s", dir)
	case errors.Is(err, router.ErrCheck), errors.Is(err, router.ErrRun), errors.Is(err, router.ErrMissing):
		return withNext(marked{errLevelFailed, err}, "what was measured is below %s; --overwrite moves it aside", dir)
	}
	return err
}

// showRatios prints what a sweep came to.
func (p *Process) showRatios(r *router.Report) error {
	var names []string
	var summaries []router.Summary
	for _, a := range r.Arms {
		if a.Void == "" && (len(a.Points) > 0 || a.Control != nil) {
			names, summaries = append(names, a.Name), append(summaries, a)
		}
	}
	if len(names) > 0 {
		fmt.Fprint(p.Stdout, router.Table(names, summaries))
	}
	if err := r.Verdict(p.Stdout); err != nil {
		return err
	}
	if c := r.Comparison; c != nil {
		for _, w := range c.Warnings {
			if strings.HasPrefix(w, "pair ") { // said when it happened
				continue
			}
			fmt.Fprintf(p.Stdout, "warning %s\n", w)
		}
	}
	for _, a := range r.Arms {
		for _, c := range a.Checks {
			fmt.Fprintln(p.Stdout, c)
		}
	}
	_, err := fmt.Fprintf(p.Stdout, "\nresults  %s\n", r.Dir)
	for _, f := range r.Files {
		switch {
		case strings.HasSuffix(f, ".png"):
			fmt.Fprintf(p.Stdout, "plot     %s\n", f)
		case filepath.Base(f) == router.TableFile:
			fmt.Fprintf(p.Stdout, "table    %s\n", f)
		case filepath.Base(f) == report.SummaryText:
			fmt.Fprintf(p.Stdout, "summary  %s\n", f)
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
