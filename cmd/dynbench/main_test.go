package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/dynbench/dynbench/fixtures/reference"
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" || reference.IsChild() {
		main()
	}
	goleak.VerifyTestMain(m)
}

// bench is a folder in which commands are run.
type bench struct {
	t   *testing.T
	dir string
	env map[string]string
	ctx context.Context
}

func newBench(t *testing.T) *bench {
	t.Parallel()
	return &bench{t: t, dir: t.TempDir(), env: map[string]string{}, ctx: t.Context()}
}

// outcome is what a command left.
type outcome struct {
	Code        int
	Out, Errors string
}

func (b *bench) run(args ...string) outcome {
	b.t.Helper()
	var out, errs bytes.Buffer
	code := Main(b.ctx, Process{
		Args: args, Stdout: &out, Stderr: &errs, Dir: b.dir,
		LookupEnv: func(name string) (string, bool) { v, ok := b.env[name]; return v, ok },
	})
	b.t.Logf("dynbench %s\nexit %d\n%s%s", strings.Join(args, " "), code, out.String(), errs.String())
	return outcome{code, out.String(), errs.String()}
}

// measure runs a small benchmark called chat.
func (b *bench) measure(e *endpoint, more ...string) outcome {
	b.t.Helper()
	return b.run(b.line(e, more...)...)
}

func (b *bench) line(e *endpoint, more ...string) []string {
	return append([]string{
		"benchmark", "--benchmark-name", "chat", "--endpoint-url", e.URL, "--model", "m",
		"--isl", "16", "--std", "0", "--osl", "4", "--no-plot",
	}, more...)
}

// path is a path below the default output folder.
func (b *bench) path(parts ...string) string {
	return filepath.Join(append([]string{b.dir, "benchmarks", "results"}, parts...)...)
}

// wroteNothing says that the folder is as it was.
func (b *bench) wroteNothing() {
	b.t.Helper()
	entries, err := os.ReadDir(b.dir)
	require.NoError(b.t, err)
	require.Empty(b.t, entries)
}
