package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/dynbench/dynbench/harness/config"
)

// doctorFlags are the options that doctor shows; it takes all of them, so that
// the word benchmark in a command line can be replaced by doctor.
var doctorFlags = [...]string{
	"endpoint-url", "model", "in-cluster", "endpoint-type", "header", "api-key-env", "extra-input", "dialect", "timeout",
	"concurrencies", "output-dir",
}

func newDoctorCommand(p *Process) *cobra.Command {
	var given config.Given
	var file string
	var calibrate bool
	c := &cobra.Command{
		Use:   "doctor [--endpoint-url URL]",
		Short: "Check this machine and, if one is named, an endpoint",
		Long: `Check whether this machine can send the load that is asked for and, given
--endpoint-url, look at the endpoint step by step: URL, name, connection, TLS,
/health, /v1/models, and one request. The flags are those of benchmark: put
doctor in the place of benchmark. Each line is ok, warn or fail and says what to
do; any fail is exit code 1. What runs that were killed have left on this machine
is cleared away: their processes are ended, their temporary folders removed.

--calibrate measures in about ten seconds what this machine can hold truly, against a
server of its own: paced streams at once, output tokens/s, arrivals/s. It names
the levels of --concurrencies at which the client would limit the figures.`,
		Example: `  dynbench doctor
  dynbench doctor --endpoint-url http://127.0.0.1:8000 --model Qwen/Qwen3-0.6B --concurrencies 1,64,512
  dynbench doctor --calibrate --concurrencies 1,64,512`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o, err := p.options(config.Sources{Defaults: config.Defaults(), File: file, Flags: given.Set})
			if err != nil {
				return err
			}
			return p.doctor(c.Context(), o, calibrate)
		},
	}
	var hidden []string
	for _, option := range config.Table() {
		if !slices.Contains(doctorFlags[:], option.Flag) {
			hidden = append(hidden, option.Flag)
		}
	}
	bindOptions(c, &given, config.Table(), config.Defaults(), hidden...)
	bindConfig(c, &file)
	c.Flags().BoolVar(&calibrate, "calibrate", false, "measure the ceiling of this machine, about 10 s")
	return c
}

func (p *Process) doctor(ctx context.Context, o config.Options, calibrate bool) error {
	url := o.URL
	o.URL = "" // its form is the first finding
	r, err := o.Resolve(p.LookupEnv)
	if err != nil {
		return err
	}
	e := examination{out: p.Stdout}
	e.machine(ctx, o, p.LookupEnv)
	if url != "" {
		e.endpoint(ctx, url, o, r)
	}
	if calibrate && ctx.Err() == nil {
		err = e.calibrate(ctx, usualCalibration(), o.Concurrencies)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	if e.failed > 0 {
		return withNext(fmt.Errorf("%d of %d checks failed", e.failed, e.done), "mend what the lines marked fail name")
	}
	return e.err
}

// examination prints findings, one a line.
type examination struct {
	out    io.Writer
	done   int
	failed int
	err    error
}

func (e *examination) ok(name, format string, args ...any)   { e.say("ok", name, format, args...) }
func (e *examination) warn(name, format string, args ...any) { e.say("warn", name, format, args...) }
func (e *examination) fail(name, format string, args ...any) {
	e.failed++
	e.say("fail", name, format, args...)
}

func (e *examination) say(state, name, format string, args ...any) {
	e.done++
	_, err := fmt.Fprintf(e.out, "%-4s  %-12s  %s\n", state, name, fmt.Sprintf(format, args...))
	e.err = errors.Join(e.err, err)
}
