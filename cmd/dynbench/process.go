package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// Process is what a command sees of the process that it runs in. All of it is
// given, so that whole commands run in tests, many at once.
type Process struct {
	Args      []string // without the program's name
	Stdin     io.Reader
	Stdout    io.Writer // results
	Stderr    io.Writer // progress, warnings, errors
	LookupEnv func(name string) (string, bool)
	Terminal  bool   // Stderr is one: progress is drawn
	Width     int    // of that terminal; 0: unknown
	Dir       string // where relative paths start; "": the working directory
}

// Main runs one command and returns its exit code. The end of ctx ends the
// command; its cause should be an Interrupt.
func Main(ctx context.Context, p Process) int {
	p.fill()
	root := newRootCommand(&p)
	args, err := normalize(root, p.Args)
	ran := root
	if err == nil {
		root.SetArgs(args)
		ran, err = root.ExecuteContextC(ctx)
	} else if found, _, e := root.Find(p.Args); e == nil {
		ran = found
	}
	if err != nil {
		complain(p.Stderr, ran.CommandPath(), err)
	}
	return codeOf(ctx, err)
}

// fill makes the zero values of p usable.
func (p *Process) fill() {
	if p.Stdin == nil {
		p.Stdin = bytes.NewReader(nil)
	}
	if p.Stdout == nil {
		p.Stdout = io.Discard
	}
	if p.Stderr == nil {
		p.Stderr = io.Discard
	}
	if p.LookupEnv == nil {
		p.LookupEnv = func(string) (string, bool) { return "", false }
	}
	if p.Args == nil {
		p.Args = []string{}
	}
}

// path is a path of the command line, from where relative ones start.
func (p *Process) path(name string) string {
	if p.Dir == "" || filepath.IsAbs(name) || strings.TrimSpace(name) == "" {
		return name
	}
	return filepath.Join(p.Dir, name)
}

func newRootCommand(p *Process) *cobra.Command {
	root := &cobra.Command{
		Use:   "dynbench",
		Short: "Measure deployments that serve large language models",
		Long: `dynbench drives requests at an OpenAI-compatible endpoint, level by level, and
keeps what happened: records, metrics, plots, verdicts.

Exit codes: 0 ok, 1 failure, 2 usage, 3 a level failed, 4 a goal was missed,
5 regressed, 6 inconclusive, 130 SIGINT, 143 SIGTERM.`,
		Example: `  dynbench up &
  dynbench benchmark --benchmark-name first --endpoint-url http://127.0.0.1:8000`,
		Version:       thisBuild().String(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetIn(p.Stdin)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return flagError(err) })
	root.SetHelpFunc(func(c *cobra.Command, _ []string) {
		if err := printHelp(p.Stdout, c); err != nil {
			fmt.Fprintln(p.Stderr, "dynbench:", err)
		}
	})
	root.CompletionOptions.DisableDescriptions = true
	root.AddCommand(
		newBenchmarkCommand(p),
		newLoadCommand(p),
		newPlotCommand(p),
		newReportCommand(p),
		newValidateCommand(p),
		newFinishCommand(p),
		newUpCommand(p),
		newRouterCommand(p),
		newPartCommand(p),
		newDoctorCommand(p),
		newVersionCommand(p),
	)
	return root
}
