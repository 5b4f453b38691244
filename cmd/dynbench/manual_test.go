package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/config"
)

var update = flag.Bool("update", false, "rewrite docs/cli.md and the help texts in testdata")

// TestHelp holds the help text of every command.
func TestHelp(t *testing.T) {
	for _, c := range commands() {
		b := &bench{t: t, ctx: t.Context()}
		o := b.run(append(strings.Fields(nameIn(c)), "--help")...)
		require.Equal(t, exitOK, o.Code)
		require.Empty(t, o.Errors)
		golden(t, filepath.Join("testdata", "help", strings.ReplaceAll(nameIn(c), " ", "-")+".txt"), []byte(o.Out))
	}
}

// TestManual holds docs/cli.md: it says what the commands and the option table
// say.
func TestManual(t *testing.T) {
	golden(t, filepath.Join("..", "..", "docs", "cli.md"), manual())
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "%s is stale: go test ./cmd/dynbench -run 'TestHelp|TestManual' -update", path)
}

// commands are those that are ours, by name, each followed by those below it.
func commands() []*cobra.Command { return below(newRootCommand(&Process{})) }

func below(c *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	for _, sub := range c.Commands() {
		all = append(append(all, sub), below(sub)...)
	}
	return all
}

// nameIn is the name of a command as it is written: "router ping".
func nameIn(c *cobra.Command) string {
	return strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" ")
}

func manual() []byte {
	var b bytes.Buffer
	b.WriteString(`# dynbench: commands and flags

Made from the commands by ` + "`go test ./cmd/dynbench -run TestManual -update`" + `; do not edit.

Names of flags may be written with underscores or by a unique beginning; lists
are separated by commas or blanks. An option without its flag comes from its
variable, then from the file of ` + "`--config`" + `, then from its default.

| Exit code | Meaning |
|---|---|
`)
	for _, row := range [...]struct {
		code    int
		meaning string
	}{
		{exitOK, "ok"},
		{exitFailure, "configuration, target or files failed"},
		{exitUsage, "the command line cannot be understood; nothing was written"},
		{exitLevelFailed, "a level failed, or was not finished; goals are not looked at then"},
		{exitSLAViolated, "a goal was missed, or had no data"},
		{exitRegressed, "worse than the baseline"},
		{exitInconclusive, "a comparison that decides nothing, or a void run"},
		{exitSIGINT, "stopped by SIGINT; what was measured is kept"},
		{exitSIGTERM, "stopped by SIGTERM; what was measured is kept"},
	} {
		fmt.Fprintf(&b, "| %d | %s |\n", row.code, row.meaning)
	}
	b.WriteString("\nErrors are lines on standard error that begin with `dynbench:`; one that begins with `next:` says what to do.\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n\n```\n%s\n```\n\n%s\n", nameIn(c), c.Short, useLine(c), c.Long)
		if c.Example != "" {
			fmt.Fprintf(&b, "\n```\n%s\n```\n", unindent(c.Example))
		}
		flagTable(&b, c)
	}
	b.WriteString("\n## completion\n\nScripts that complete commands and flags in a shell: `dynbench completion bash`, `zsh`, `fish` or `powershell`.\n")
	return b.Bytes()
}

func unindent(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], "  ")
	}
	return strings.Join(lines, "\n")
}

func flagTable(b *bytes.Buffer, c *cobra.Command) {
	first := true
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		if first {
			b.WriteString("\n| Flag | Value | Default | Environment | Meaning |\n|---|---|---|---|---|\n")
			first = false
		}
		names := "`--" + f.Name + "`"
		if f.Shorthand != "" {
			names = "`-" + f.Shorthand + "`, " + names
		}
		env, aliases := optionNames(c, f)
		for _, a := range aliases {
			names += ", `--" + a + "`"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", names, code(valueName(f)), code(shownDefault(f)), code(env...), cell(f.Usage))
	})
}

// optionNames are the variables and the other names of an option.
func optionNames(c *cobra.Command, f *pflag.Flag) (env, aliases []string) {
	tables := map[string][]config.Option{"benchmark": config.Table(), "doctor": config.Table(), "load": config.LoadTable()}
	for _, o := range tables[c.Name()] {
		if o.Flag == f.Name {
			return o.Env, o.Aliases
		}
	}
	return nil, nil
}

func code(words ...string) string {
	words = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "" })
	if len(words) == 0 {
		return ""
	}
	return "`" + cell(strings.Join(words, "`, `")) + "`"
}

func cell(s string) string { return cmp.Or(strings.ReplaceAll(s, "|", `\|`), " ") }
