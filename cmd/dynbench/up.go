package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/dynbench/dynbench/fixtures"
)

// downTime is what parts get to end politely.
const downTime = 10 * time.Second

func newUpCommand(p *Process) *cobra.Command {
	var t fixtures.Topology
	router := string(fixtures.ModeRoundRobin)
	c := &cobra.Command{
		Use:   "up",
		Short: "Bring up a stack that stays until it is interrupted",
		Long: `Bring up etcd, NATS, simulated engines and a router, print the URL, and take all
down again when interrupted. Variables choose where parts run: DYNBENCH_ETCD,
DYNBENCH_NATS, DYNBENCH_ENGINE, DYNBENCH_FRONTEND are "embedded" or
"external:URL". Ended by an interrupt with all parts down it exits with 0.`,
		Example: `  dynbench up --engines 4 --router kv`,
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			t.Router = fixtures.Mode(router)
			return p.up(c.Context(), t)
		},
	}
	fs := c.Flags()
	fs.SortFlags = false
	fs.IntVar(&t.Engines, "engines", 1, "simulated engines")
	fs.StringVar(&router, "router", router, "how requests are routed: round-robin, random, least-loaded, kv")
	fs.StringVarP(&t.Model, "model", "m", fixtures.DefaultModel, "name of the model that is served")
	fs.Float64Var(&t.Engine.Speedup, "speedup", 1, "divides the times that the engines take")
	describeValues(fs, map[string]string{"engines": "N", "router": "MODE", "model": "MODEL", "speedup": "FACTOR"})
	return c
}

func (p *Process) up(ctx context.Context, t fixtures.Topology) (err error) {
	switch t.Router {
	case fixtures.ModeRoundRobin, fixtures.ModeRandom, fixtures.ModeLeastLoaded, fixtures.ModeKV:
	default:
		return usagef("--router %q: want round-robin, random, least-loaded or kv", t.Router)
	}
	if t.Engines < 1 || t.Engines > 1000 {
		return usagef("--engines %d: want 1 to 1000", t.Engines)
	}
	if t, err = fixtures.FromEnv(t, p.LookupEnv); err != nil {
		return marked{errUsage, err}
	}
	fmt.Fprintln(p.Stderr, "dynbench: bringing up a stack")
	stack, err := fixtures.Up(ctx, t)
	if err != nil {
		return fmt.Errorf("bring up a stack: %w", err)
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

// greet tells how to use the stack.
func greet(w io.Writer, s *fixtures.Stack) error {
	_, err := fmt.Fprintf(w, `url    %s
model  %s

curl %s/v1/chat/completions -H 'content-type: application/json' \
  -d '{"model": "%s", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 16}'

dynbench benchmark --benchmark-name first --model %s --endpoint-url %s
`, s.URL(), s.Model(), s.URL(), s.Model(), s.Model(), s.URL())
	return err
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
