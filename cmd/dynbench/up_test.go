package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUpStaysUntilItIsInterrupted(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	read, write := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- Main(ctx, Process{Args: []string{"up", "--engines", "2", "--router", "kv", "--speedup", "50"}, Stdout: write, Dir: b.dir})
		write.Close()
	}()
	var url string
	for lines := bufio.NewScanner(read); lines.Scan(); {
		if u, ok := strings.CutPrefix(lines.Text(), "url"); ok {
			url = strings.TrimSpace(u)
		}
		if strings.HasPrefix(lines.Text(), "dynbench benchmark") {
			break
		}
	}
	require.NotEmpty(t, url)
	o := b.run("benchmark", "--benchmark-name=up", "--endpoint-url", url, "--model", "dynbench-sim",
		"--isl=64", "--osl=8", "--concurrencies=2", "--requests=6", "--no-plot", "--max-error-rate=0")
	require.Equal(t, exitOK, o.Code)
	cancel(Interrupt{os.Interrupt})
	require.Equal(t, exitOK, <-code)
}

func TestUpRefusesAnUnknownPlacement(t *testing.T) {
	b := newBench(t)
	b.env["DYNBENCH_ENGINE"] = "cloud"
	o := b.run("up")
	require.Equal(t, exitUsage, o.Code)
	require.Contains(t, o.Errors, "DYNBENCH_ENGINE=cloud")
}

// A flag counts more than its variable, and what is wrong is said in its words.
func TestUpFlags(t *testing.T) {
	b := newBench(t)
	b.env["DYNBENCH_ENGINE"] = "cloud"
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--engine", "process:none"}, `--engine process:none: there is no process "none"`},
		{[]string{"--engine", "process:mocker", "--frontend", "embedded"}, "--frontend embedded: workers of Dynamo"},
		{[]string{"--engine", "embedded", "--router-mode", "best"}, `unknown router mode "best"`},
		{[]string{"--engine", "embedded", "--engines", "0"}, "--engines 0: want 1 to 1000"},
		{[]string{"--engine", "external:http://a,http://b", "--engines", "3"}, "--engines 3: --engine names 2"},
	} {
		o := b.run(append([]string{"up"}, c.args...)...)
		require.Equal(t, exitUsage, o.Code, "%v: %s", c.args, o.Errors)
		require.Contains(t, o.Errors, c.want, "%v", c.args)
	}
}
