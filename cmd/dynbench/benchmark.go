package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/config"
	"github.com/dynbench/dynbench/harness/live"
	"github.com/dynbench/dynbench/harness/sla"
)

func newBenchmarkCommand(p *Process) *cobra.Command {
	var given config.Given
	var file string
	c := &cobra.Command{
		Use:   "benchmark --benchmark-name NAME --endpoint-url URL",
		Short: "Measure an endpoint at several levels of concurrency",
		Long: `Measure an endpoint at several levels of concurrency and keep the results below
the output folder: records, metrics and states of each level, SUMMARY and plots
of all benchmarks in the folder.

Command lines of the original Dynamo benchmark work as they are: underscores in
names, unique beginnings of names, lists separated by blanks. An option that is
no flag comes from its variable (DYNBENCH_ISL for --isl), then from --config,
then from its default. In a pod the URL may lack its scheme: DYN_URL_SCHEME, else
http.

Nothing is written before every option is checked and the endpoint has answered
one request. An interrupt keeps what was measured; --resume finishes the run.

Exit codes: 3 if a level failed or was not finished, else 4 if a goal was
missed, else 0. --resume on a complete run measures nothing and ends with 0.`,
		Example: `  dynbench benchmark --benchmark-name chat --endpoint-url http://127.0.0.1:8000
  dynbench benchmark --benchmark_name chat --endpoint_url http://127.0.0.1:8000 --concurrencies 1 4 16
  dynbench benchmark --config benchmarks/results/chat/run.json --benchmark-name again
  dynbench benchmark --benchmark-name slo --endpoint-url http://127.0.0.1:8000 \
    --sla 'ttft.p90<=200ms@c10+' --sla 'error_rate<=0.01'`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o, err := p.options(config.Sources{Defaults: config.Defaults(), File: file, Flags: given.Set})
			if err != nil {
				return err
			}
			return p.benchmark(c.Context(), o)
		},
	}
	bindOptions(c, &given, config.Table(), config.Defaults())
	bindConfig(c, &file)
	return c
}

func bindConfig(c *cobra.Command, file *string) {
	c.Flags().StringVar(file, "config", "", "file with options, JSON or YAML, or the run.json of a run to repeat")
	describeValues(c.Flags(), map[string]string{"config": "FILE"})
}

// options reads the sources, and the variables of this process.
func (p *Process) options(s config.Sources) (config.Options, error) {
	s.File, s.Lookup = p.path(s.File), p.LookupEnv
	o, err := s.Options()
	o.OutputDir, o.InputFile = p.path(o.OutputDir), p.path(o.InputFile)
	return o, errors.Join(err, p.inCluster(&o))
}

func (p *Process) benchmark(ctx context.Context, o config.Options) error {
	r, err := o.Resolve(p.LookupEnv)
	if err = errors.Join(missing(o), checkName(o.Name), err); err != nil {
		return err
	}
	r.Notices = append(r.Notices, twins(o)...)
	return p.measure(ctx, o, r, harness.FromOptions(o, r))
}

// measure runs a sweep and shows what it came to.
func (p *Process) measure(ctx context.Context, o config.Options, r config.Resolved, sweep harness.Sweep) error {
	view := live.New(live.Config{Out: p.Stderr, Terminal: p.Terminal, Width: p.Width})
	log := newLog(view, o.Verbose)
	for _, n := range r.Notices {
		log.Warn(n)
	}
	sweep.Progress, sweep.Log, sweep.Tool = view, log, thisBuild().tool()
	sweep.Command = strings.Join(append([]string{"dynbench"}, p.Args...), " ")
	began := time.Now()
	run, err := sweep.Run(ctx, r.Target, o.OutputDir)
	if run == nil {
		return err
	}
	if err == nil && !run.Ended.After(began) {
		fmt.Fprintf(p.Stdout, "%s: complete since %s, nothing was left to measure\n", run.Name, run.Ended.Local().Format(time.DateTime))
		run.Assertions = sla.Check(run, r.Goals...)
	}
	return p.conclude(ctx, run, err, o.NoPlot)
}

// missing names the options that a benchmark cannot do without, all at once.
func missing(o config.Options) error {
	var names []string
	if strings.TrimSpace(o.Name) == "" {
		names = append(names, "--benchmark-name NAME")
	}
	if strings.TrimSpace(o.URL) == "" {
		names = append(names, "--endpoint-url URL")
	}
	if len(names) == 0 {
		return nil
	}
	return withNext(usagef("benchmark needs %s", strings.Join(names, " and ")),
		"for example dynbench benchmark --benchmark-name chat --endpoint-url http://127.0.0.1:8000")
}

func checkName(name string) error {
	if strings.TrimSpace(name) == "" {
		return nil // missing has said so
	}
	if _, err := harness.CheckName(name); err != nil {
		return usagef("--benchmark-name: %w", err)
	}
	return nil
}

// twins warns of a benchmark whose name differs in case alone: on some file
// systems it is the same folder.
func twins(o config.Options) []string {
	entries, err := os.ReadDir(o.OutputDir)
	if err != nil {
		return nil
	}
	name := strings.TrimSpace(o.Name)
	for _, e := range entries {
		if e.Name() != name && strings.EqualFold(e.Name(), name) {
			return []string{fmt.Sprintf("%s holds %s too, which differs from %s in case alone",
				filepath.Clean(o.OutputDir), e.Name(), name)}
		}
	}
	return nil
}
