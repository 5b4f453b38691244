package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/dynbench/dynbench/fixtures/launch"
	"github.com/dynbench/dynbench/router"
)

func newRouterCommand(p *Process) *cobra.Command {
	c := &cobra.Command{
		Use:   "router",
		Short: "Measure what routers do with prefixes",
		Long: `Measure what routers do with prefixes that requests share, and look whether such
a measurement may be believed.`,
	}
	c.AddCommand(
		newPrefixRatioCommand(p),
		newParticipationCommand(p),
		newRouterCompareCommand(p),
		newPingCommand(p),
		newLaunchCommand(p),
	)
	return c
}

func newPingCommand(p *Process) *cobra.Command {
	var model string
	c := &cobra.Command{
		Use:   "ping [PORT|URL]",
		Short: "Ask an endpoint one short question and show the answer",
		Long: fmt.Sprintf(`Send one streaming chat request of ten output tokens and print the lines of the
answer as they come. Without an address it asks port %d of this machine; the
frontend's own default is 8000.`, router.DefaultPingPort),
		Example: `  dynbench router ping 8000
  dynbench router ping http://10.0.0.7:8000 --model qwen`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("ping takes one port or URL, but got %d", len(args))
			}
			url, err := router.Address(append(args, "")[0])
			if err != nil {
				return marked{errUsage, err}
			}
			return withNext(router.Ping(c.Context(), url, model, p.Stdout), "dynbench doctor --endpoint-url %s looks at the endpoint step by step", url)
		},
	}
	c.Flags().StringVarP(&model, "model", "m", "", "model to ask (default the first that the endpoint lists)")
	describeValues(c.Flags(), map[string]string{"model": "MODEL"})
	return c
}

func newParticipationCommand(p *Process) *cobra.Command {
	var prefill, decode int
	c := &cobra.Command{
		Use:   "participation DIR",
		Short: "Tell which workers answered the requests of a benchmark",
		Long: `Read the records of all runs below a folder, ours or those that AIPerf wrote with
--export-level raw, count the requests and tokens of each worker, and write
worker_participation.json into the folder. The requests must have asked for
worker ids (nvext.extra_fields: ["worker_id"]), as router prefix-ratio does. Give
the folder of one run where workers were restarted between runs: their ids are
others then.

It ends with 3 if no worker was named, or fewer than were demanded.`,
		Example: `  dynbench router participation kv_router/kv/rep-1 --minimum-decode-workers 4`,
		Args:    oneDir,
		RunE: func(_ *cobra.Command, args []string) error {
			if prefill < 0 || decode < 0 {
				return usagef("minima %d and %d: want 0 or more", prefill, decode)
			}
			return p.participation(p.path(args[0]), prefill, decode)
		},
	}
	c.Flags().SortFlags = false
	c.Flags().IntVar(&prefill, "minimum-prefill-workers", 0, "prefill workers that must have answered")
	c.Flags().IntVar(&decode, "minimum-decode-workers", 0, "decode workers that must have answered")
	describeValues(c.Flags(), map[string]string{"minimum-prefill-workers": "N", "minimum-decode-workers": "N"})
	return c
}

func (p *Process) participation(dir string, prefill, decode int) error {
	found, err := router.Participate(dir)
	if err != nil {
		return withNext(err, "give a folder that router prefix-ratio wrote, or AIPerf with --export-level raw")
	}
	found.MinPrefill, found.MinDecode = prefill, decode
	if err := found.Write(dir); err != nil { // before the verdict, so that it stands whatever that is
		return err
	}
	fmt.Fprintf(p.Stdout, "%d of %d measured requests named their worker\n\n%-8s %-22s %9s %14s %14s %14s\n",
		found.WithID, found.Requests, "role", "worker", "requests", "input tokens", "cached tokens", "output tokens")
	for _, w := range found.Workers {
		fmt.Fprintf(p.Stdout, "%-8s %-22s %9d %14d %14d %14d\n", w.Role, w.ID, w.Requests, w.Input, w.Cached, w.Output)
	}
	if len(found.Decode) > 0 {
		fmt.Fprintf(p.Stdout, "\ncoefficient of variation over decode workers: %.3f by requests, %.3f by tokens\n",
			found.Variation(router.RoleDecode, decode, router.ByRequests), found.Variation(router.RoleDecode, decode, router.ByTokens))
	}
	if err := found.Check(); err != nil {
		err = marked{errLevelFailed, err}
		if errors.Is(err, router.ErrNoWorkerIDs) {
			return withNext(err, `measure with dynbench router prefix-ratio, which asks for them, or with --extra-input '{"nvext":{"extra_fields":["worker_id"]}}', or see whether the router tells ids at all`)
		}
		return withNext(err, "look at the router's /health for the workers that it knows, or send more requests, so that each gets some")
	}
	return nil
}

func newLaunchCommand(p *Process) *cobra.Command {
	var l router.Launch
	var mockers, trtllm, sglang, prefill, decode bool
	c := &cobra.Command{
		Use:   "launch [-- ENGINE ARGUMENTS]",
		Short: "Start engines as workers of Dynamo",
		Long: `Start engines as workers of Dynamo, each with its own range of GPUs, its own port
of KV events and its own log, print where they are when all of them serve, and
stay until interrupted or until one of them ends, which is an error with the last
lines of its log. Nothing is left behind.

Worker i of N has the GPUs from the offset plus i times tensor by data parallel
size on. Arguments behind -- go to the engine, in place of the defaults that they
set too. Without etcd the workers find each other by files and reach each other by
TCP and ZMQ.`,
		Example: `  dynbench router launch --mockers --num-workers 4 --model-path models/qwen
  dynbench router launch --num-workers 2 --decode --base-gpu-offset 2 -- --max-model-len 8192`,
		RunE: func(c *cobra.Command, args []string) error {
			if n := c.ArgsLenAtDash(); len(args) > 0 && n != 0 {
				return usagef("launch: %q: arguments of the engine stand behind --", args[0])
			}
			l.Args = args
			if err := launchKind(&l, mockers, trtllm, sglang, prefill, decode); err != nil {
				return err
			}
			if err := launchBounds(l); err != nil {
				return err
			}
			return p.launch(c.Context(), l)
		},
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.IntVar(&l.Workers, "num-workers", router.DefaultWorkers, "workers to start")
	fs.StringVar(&l.ModelPath, "model-path", router.DefaultModelPath, "folder or hub name of the model")
	fs.StringVar(&l.Model, "served-model-name", "", "name that it is served under (default the path)")
	fs.IntVar(&l.TensorParallel, "tensor-parallel-size", 1, "GPUs that a rank is spread over")
	fs.IntVar(&l.DataParallel, "data-parallel-size", 1, "ranks of a worker")
	fs.BoolVar(&mockers, "mockers", false, "Dynamo's engine simulator in place of vLLM, all in one process")
	fs.BoolVar(&trtllm, "trtllm", false, "TensorRT-LLM in place of vLLM")
	fs.BoolVar(&sglang, "sglang", false, "SGLang in place of vLLM")
	fs.BoolVar(&prefill, "prefill", false, "workers for prefill alone")
	fs.BoolVar(&decode, "decode", false, "workers for decode alone")
	fs.IntVar(&l.GPUOffset, "base-gpu-offset", 0, "first GPU")
	fs.StringVar(&l.Etcd, "etcd", "", "URL of etcd (default ETCD_ENDPOINTS)")
	fs.StringVar(&l.NATS, "nats", "", "URL of NATS (default NATS_SERVER)")
	fs.StringVar(&l.Dir, "log-dir", "engines", "folder for one log a worker")
	fs.DurationVar(&l.Timeout, "ready-timeout", 20*time.Minute, "how long the workers may take to serve")
	describeValues(fs, map[string]string{
		"num-workers": "N", "model-path": "MODEL", "served-model-name": "NAME", "tensor-parallel-size": "N", "data-parallel-size": "N",
		"base-gpu-offset": "N", "etcd": "URL", "nats": "URL", "log-dir": "DIR", "ready-timeout": "DURATION",
	})
	return c
}

// launchBounds refuses values that cannot be meant; 0 is none of a flag's.
func launchBounds(l router.Launch) error {
	var errs []error
	for _, f := range []struct {
		name         string
		value, least int
	}{
		{"num-workers", l.Workers, 1}, {"tensor-parallel-size", l.TensorParallel, 1}, {"data-parallel-size", l.DataParallel, 1},
		{"base-gpu-offset", l.GPUOffset, 0},
	} {
		if f.value < f.least {
			errs = append(errs, usagef("--%s %d: want at least %d", f.name, f.value, f.least))
		}
	}
	if l.Timeout <= 0 {
		errs = append(errs, usagef("--ready-timeout %s: want more than 0", l.Timeout))
	}
	if l.Dir == "" {
		errs = append(errs, usagef("--log-dir: want a folder"))
	}
	return errors.Join(errs...)
}

// launchKind reads the switches; engines and roles exclude each other.
func launchKind(l *router.Launch, mockers, trtllm, sglang, prefill, decode bool) error {
	kinds := 0
	for _, k := range []struct {
		on   bool
		kind router.EngineKind
	}{{mockers, router.EngineMocker}, {trtllm, router.EngineTRTLLM}, {sglang, router.EngineSGLang}} {
		if k.on {
			l.Kind = k.kind
			kinds++
		}
	}
	if kinds > 1 {
		return usagef("--mockers, --trtllm and --sglang exclude each other")
	}
	switch {
	case prefill && decode:
		return usagef("--prefill and --decode exclude each other: start the others with a second command")
	case prefill:
		l.Role = launch.Prefill
	case decode:
		l.Role = launch.Decode
	}
	return nil
}

func (p *Process) launch(ctx context.Context, l router.Launch) (err error) {
	for _, v := range []struct {
		to   *string
		name string
	}{{&l.Etcd, "ETCD_ENDPOINTS"}, {&l.NATS, "NATS_SERVER"}} {
		if *v.to == "" {
			*v.to, _ = p.LookupEnv(v.name)
		}
	}
	l.Dir = absolute(p.path(l.Dir))
	if err := l.Validate(); err != nil {
		return err
	}
	fmt.Fprint(p.Stdout, l)
	engines, err := l.Start(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return withNext(err, "nothing runs; give the command again to start anew")
		}
		return withNext(err, "mend this, with the logs in %s, and give the command again", l.Dir)
	}
	defer func() {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		err = errors.Join(err, engines.Stop(stop))
	}()
	fmt.Fprintln(p.Stdout)
	if err := engines.Describe(p.Stdout); err != nil {
		return err
	}
	fmt.Fprintln(p.Stdout, "\nall workers serve; interrupt to stop them")
	return withNext(engines.Wait(ctx), "the whole logs are in %s; the other workers were stopped", l.Dir)
}
