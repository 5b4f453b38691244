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
