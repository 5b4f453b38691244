package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/config"
)

func newLoadCommand(p *Process) *cobra.Command {
	var given config.Given
	var file string
	c := &cobra.Command{
		Use:   "load --model MODEL --url URL",
		Short: "Measure an endpoint with AIPerf's flags and files",
		Long: `Measure an endpoint at one level of load, or several, with AIPerf's names,
defaults and layout: the files of a single level lie directly in --artifact-dir,
those of several in a folder each; plots and SUMMARY lie in plots/ of it.

Nothing warms up unless --warmup-request-count asks for it. --concurrency is a
closed loop; --request-rate is an open one, which asks on schedule whatever is in
flight. --input-file asks prompts of your own, a JSON object a line:
{"text": "..."} or {"texts": ["...", "..."]}, with "output_length" and "extra" if
they are wanted. The level ends with the file, or with its number of requests or
its time if these come first.

An option that is no flag comes from its variable, then from --config, then from
its default. Exit codes and --resume are those of benchmark.`,
		Example: `  dynbench load --model Qwen/Qwen3-0.6B --url http://127.0.0.1:8000 --concurrency 16 --request-count 64
  dynbench load -m m -u http://127.0.0.1:8000 --request-rate 20 --benchmark-duration 30 --isl 1000 --osl 128
  dynbench load -m m -u http://127.0.0.1:8000 --input-file prompts.jsonl --artifact-dir artifacts/own`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o, err := p.options(config.Sources{
				Defaults: config.LoadDefaults(), Table: config.LoadTable(), File: file, Flags: given.Set,
			})
			if err != nil {
				return err
			}
			return p.load(c.Context(), o)
		},
	}
	bindOptions(c, &given, config.LoadTable(), config.LoadDefaults())
	bindConfig(c, &file)
	return c
}

func (p *Process) load(ctx context.Context, o config.Options) error {
	o.Name = nameOf(o.OutputDir)
	r, err := o.Resolve(p.LookupEnv)
	if err = errors.Join(needsURL(o), err); err != nil {
		return err
	}
	sweep := harness.FromOptions(o, r)
	sweep.Flat = true
	return p.measure(ctx, o, r, sweep)
}

func needsURL(o config.Options) error {
	if strings.TrimSpace(o.URL) != "" {
		return nil
	}
	return withNext(usagef("load needs --url URL"), "for example dynbench load --model m --url http://127.0.0.1:8000")
}

var notInNames = regexp.MustCompile(`[^a-zA-Z0-9_-]+`)

// nameOf makes the name of a run from that of its folder.
func nameOf(dir string) string {
	name := strings.Trim(notInNames.ReplaceAllString(filepath.Base(absolute(dir)), "-"), "-")
	name = name[:min(len(name), 128)]
	if _, err := harness.CheckName(name); err != nil {
		return fmt.Sprintf("load-%.100s", name)
	}
	return name
}
