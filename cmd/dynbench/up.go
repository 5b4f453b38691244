package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/dynbench/dynbench/fixtures"
)

// downTime is what parts get to end politely.
const downTime = 20 * time.Second

// upFlags are what up is told.
type upFlags struct {
	topology fixtures.Topology
	router   string
	engines  int
	places   [4]string // as placeFlags
}

// placeFlags are the flags that say where a part runs, and the variables that do.
var placeFlags = [4]struct{ flag, variable, usage string }{
	{"engine", "DYNBENCH_ENGINE", "where the engines run, as embedded:dynamo, process:mocker (default embedded)"},
	{"frontend", "DYNBENCH_FRONTEND", "where the router runs (default embedded, or what the engines want)"},
	{"etcd", "DYNBENCH_ETCD", "where etcd runs (default embedded)"},
	{"nats", "DYNBENCH_NATS", "where NATS runs (default embedded)"},
}

func newUpCommand(p *Process) *cobra.Command {
	o := upFlags{router: string(fixtures.ModeRoundRobin)}
	c := &cobra.Command{
		Use:   "up",
		Short: "Bring up a stack that stays until it is interrupted",
		Long: `Bring up etcd, NATS, engines and a router, print the URL and the parts, and take
all down again when interrupted. Without options all run in this process, with
simulated engines. A PLACE is "embedded", for engines also "embedded:dynamo"
(simulated, with the pace of Dynamo's frontend), "external:URL", for etcd and NATS
"process", for engines "process:mocker|vllm|llamacpp|...", for the router
"process:dynamo|vllm-router|sglang-router", or "process:COMMAND" with {port} in
it, and {etcd}, {nats}, {engines} where it needs them; arguments for a process
that has a name follow it after a colon. What is not given is as the variables
DYNBENCH_ETCD, DYNBENCH_NATS, DYNBENCH_ENGINE, DYNBENCH_FRONTEND and
DYNBENCH_ENGINES say. Ended by an interrupt with all parts down it exits with 0.`,
		Example: `  dynbench up --engines 4 --router-mode kv
  dynbench up --engine embedded:dynamo --engines 4 --router-mode kv
  dynbench up --engine process:mocker --engines 4 --router-mode kv
  dynbench up --engine process:vllm:'--max-num-seqs 8' --frontend process:vllm-router`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if c.Flags().Changed("engines") && (o.engines < 1 || o.engines > 1000) {
				return usagef("--engines %d: want 1 to 1000", o.engines)
			}
			return p.up(c.Context(), o)
		},
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.IntVar(&o.engines, "engines", 0, "number of engines (default 1)")
	fs.StringVar(&o.router, "router-mode", o.router, "how requests are routed: round-robin, random, least-loaded, kv, or what else the router knows")
	fs.StringVar(&o.router, "router", o.router, "")
	_ = fs.MarkHidden("router") // its earlier name
	names := map[string]string{"engines": "N", "router-mode": "MODE", "model": "MODEL", "speedup": "FACTOR", "logs": "DIR"}
	for i, f := range placeFlags {
		fs.StringVar(&o.places[i], f.flag, "", f.usage)
		names[f.flag] = "PLACE"
	}
	fs.StringVarP(&o.topology.Model, "model", "m", "", "name of the model that is served (default "+fixtures.DefaultModel+", or the engine's own)")
	fs.Float64Var(&o.topology.Engine.Speedup, "speedup", 1, "divides the times that simulated engines take")
	fs.StringVar(&o.topology.Artifacts, "logs", "", "folder for the logs of the parts")
	describeValues(fs, names)
	return c
}

func (p *Process) up(ctx context.Context, o upFlags) (err error) {
	t, err := o.resolve(p.LookupEnv)
	if err != nil {
		return err
	}
	for _, n := range t.Notes() {
		fmt.Fprintln(p.Stderr, "dynbench:", n)
	}
	fmt.Fprintln(p.Stderr, "dynbench: bringing up a stack")
	stack, err := fixtures.Up(ctx, t)
	if err != nil {
		return err
	}
	for _, n := range stack.Notes() {
		fmt.Fprintln(p.Stderr, "dynbench:", n)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), downTime)
		defer cancel()
		if e := stack.Down(ctx); e != nil {
			err = errors.Join(err, fmt.Errorf("take the stack down: %w", e))
		}
	}()
	if err := greet(p.Stdout, stack); err != nil {
		return err
	}
	return watch(ctx, stack)
}

// resolve applies flags and variables; a flag counts more than its variable.
func (o upFlags) resolve(lookup func(string) (string, bool)) (fixtures.Topology, error) {
	t := o.topology
	t.Router = fixtures.Mode(o.router)
	given, said := map[string]string{}, []string{}
	if o.engines > 0 {
		given["DYNBENCH_ENGINES"] = strconv.Itoa(o.engines)
		said = append(said, "DYNBENCH_ENGINES=", "--engines ")
	}
	for i, f := range placeFlags {
		if o.places[i] != "" {
			given[f.variable] = o.places[i]
			said = append(said, f.variable+"=", "--"+f.flag+" ", f.variable+" ", "--"+f.flag+" ")
		}
	}
	words := strings.NewReplacer(said...)
	t, err := fixtures.FromEnv(t, func(name string) (string, bool) {
		if v, ok := given[name]; ok {
			return v, true
		}
		return lookup(name)
	})
	if err != nil {
		return t, marked{errUsage, errors.New(words.Replace(err.Error()))}
	}
	return t, nil
}

// greet tells of what the stack consists and how to use it.
func greet(w io.Writer, s *fixtures.Stack) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, p := range s.Target().Parts {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", p.Name, p.Provider, dash(p.URL), dash(p.Version))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, `
url    %s
model  %s

curl %s/v1/chat/completions -H 'content-type: application/json' \
  -d '{"model": "%s", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 16}'

dynbench benchmark --benchmark-name first --model %s --endpoint-url %s
`, s.URL(), s.Model(), s.URL(), s.Model(), s.Model(), s.URL())
	return err
}

// dash stands for what is not known.
func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// watch returns when ctx ends, or with an error when a part dies.
func watch(ctx context.Context, s *fixtures.Stack) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := s.Failed(); err != nil {
				return fmt.Errorf("a part of the stack died: %w", err)
			}
		}
	}
}
