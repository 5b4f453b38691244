package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dynbench/dynbench/fixtures/engine"
	"github.com/dynbench/dynbench/fixtures/frontend"
	"github.com/dynbench/dynbench/fixtures/part"
	"github.com/dynbench/dynbench/fixtures/sim"
	"github.com/dynbench/dynbench/fixtures/sim/route"
)

// partFlags are what part is told.
type partFlags struct {
	env     part.Env
	engines []string
	config  string
	listen  string
	mode    string
	block   int
}

// newPartCommand runs one part in the foreground: what a container runs.
func newPartCommand(p *Process) *cobra.Command {
	o := partFlags{mode: string(route.RoundRobin), config: "{}"}
	c := &cobra.Command{
		Use:    "part engine|frontend",
		Short:  "Run one simulated engine, or the reference router, in the foreground",
		Hidden: true, // containers run it; people run up
		Args:   cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			provider, err := o.provider(args[0])
			if err != nil {
				return err
			}
			o.env.Engines = o.engines
			o.env.Log = slog.New(slog.NewTextHandler(p.Stderr, nil))
			return p.part(c.Context(), provider, o.env)
		},
	}
	fs := c.Flags()
	fs.StringVar(&o.env.Name, "name", "part", "name of the part")
	fs.IntVar(&o.env.Index, "index", 0, "of an engine among its like")
	fs.StringVar(&o.env.Etcd, "etcd", "", "URL of etcd")
	fs.StringVar(&o.env.NATS, "nats", "", "URL of NATS")
	fs.StringVar(&o.env.Model, "model", "", "model that is served")
	fs.StringVar(&o.listen, "listen", "", "address of a simulated engine")
	fs.StringVar(&o.config, "config", o.config, "of a simulated engine, as JSON")
	fs.StringVar(&o.mode, "mode", o.mode, "how the router chooses")
	fs.IntVar(&o.block, "block-size", 0, "tokens of a KV block")
	fs.StringSliceVar(&o.engines, "engines", nil, "URLs of engines, for a router without etcd")
	return c
}

func (o partFlags) provider(kind string) (part.Provider, error) {
	switch kind {
	case "engine":
		var config sim.Config
		d := json.NewDecoder(bytes.NewReader([]byte(o.config)))
		d.DisallowUnknownFields()
		if err := d.Decode(&config); err != nil {
			return nil, usagef("--config %s: %v", o.config, err)
		}
		return engine.Sim{Config: config, Model: o.env.Model, Listen: o.listen}, nil
	case "frontend":
		return frontend.Reference{Mode: route.Mode(o.mode), BlockSize: o.block}, nil
	}
	return nil, usagef("part %q: want engine or frontend", kind)
}

// part runs until the context ends or the part dies.
func (p *Process) part(ctx context.Context, provider part.Provider, env part.Env) error {
	if err := provider.Check(ctx); err != nil {
		return usagef("%v", err)
	}
	running, err := provider.Start(ctx, env)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), downTime)
		defer cancel()
		_ = running.Stop(ctx)
	}()
	if _, err := fmt.Fprintln(p.Stdout, part.Listening+strings.TrimSuffix(running.URL(), "/")); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case err, ok := <-running.Exited():
		if !ok {
			err = errors.New("the part ended")
		}
		return err
	}
}
