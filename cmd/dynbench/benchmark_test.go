package main

import (
	"context"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/internal/wait"
)

func TestBenchmark(t *testing.T) {
	b := newBench(t)
	e := (&endpoint{}).serve(t)
	o := b.measure(e, "--concurrencies", "1", "2", "--sla", "ttft.p50<=5s@c2", "--requests", "3")
	require.Equal(t, exitOK, o.Code)
	require.Equal(t, int64(1+1+3+2+3), e.Asked.Load(), "probe, warm-up and requests of two levels")
	for _, want := range []string{"c1", "c2", "P50 time_to_first_token <= 5000ms at c2", "pass", b.path("chat"), b.path("plots", "SUMMARY.txt")} {
		require.Contains(t, o.Out, want)
	}
	require.Contains(t, o.Errors, "c2  ok in")
	run, err := result.Load(b.path("chat"))
	require.NoError(t, err)
	require.Equal(t, result.Complete, run.State)
	require.Equal(t, "dynbench", run.Tool.Name)
	require.Contains(t, run.Command, "dynbench benchmark --benchmark-name chat")
	require.FileExists(t, b.path("plots", "SUMMARY.txt"))
	require.Contains(t, b.run("validate", "benchmarks/results").Out, "ok: ")
}

func TestOriginalCommandLine(t *testing.T) {
	b := newBench(t)
	b.env["CONCURRENCIES"] = "2,1"
	b.env["REQUEST_COUNT"] = "4"
	e := (&endpoint{}).serve(t)
	o := b.run("benchmark", "--benchmark_name", " seed ", "--endpoint_url", e.URL+"/v1/",
		"-m", "m", "-i", "16", "-s", "0", "-o", "4", "-d", "out", "--verbose", "--no-plot")
	require.Equal(t, exitOK, o.Code)
	require.DirExists(t, b.dir+"/out/seed/c1")
	require.DirExists(t, b.dir+"/out/seed/c2")
	require.Contains(t, o.Errors, `"/v1/" at its end is added by the client`)
}

func TestPlotsAreDrawn(t *testing.T) {
	b := newBench(t)
	e := (&endpoint{}).serve(t)
	line := b.line(e, "--concurrencies", "1,2", "--requests", "2")
	for i, w := range line {
		if w == "--no-plot" {
			line = append(line[:i], line[i+1:]...)
			break
		}
	}
	require.Equal(t, exitOK, b.run(line...).Code)
	require.FileExists(t, b.path("plots", "request_throughput_vs_concurrency.png"))
}

func TestAConfigurationRepeatsARun(t *testing.T) {
	b := newBench(t)
	e := (&endpoint{}).serve(t)
	require.Equal(t, exitOK, b.measure(e, "--concurrencies", "3", "--requests", "3").Code)
	o := b.run("benchmark", "--config", "benchmarks/results/chat/run.json", "--benchmark-name", "again")
	require.Equal(t, exitOK, o.Code)
	again, err := result.Load(b.path("again"))
	require.NoError(t, err)
	require.Equal(t, []float64{3}, again.Load.Levels)
}

func TestResultsThatAreThere(t *testing.T) {
	b := newBench(t)
	e := (&endpoint{}).serve(t)
	small := []string{"--concurrencies", "1", "--requests", "2"}
	require.Equal(t, exitOK, b.measure(e, small...).Code)
	asked := e.Asked.Load()

	o := b.measure(e, small...)
	require.Equal(t, exitFailure, o.Code)
	for _, want := range []string{"holds results already", "--resume", "--overwrite", "--fresh"} {
		require.Contains(t, o.Errors, want)
	}
	require.Equal(t, exitFailure, b.measure(e, append(small, "--fresh")...).Code)

	o = b.measure(e, append(small, "--resume")...)
	require.Equal(t, exitOK, o.Code)
	require.Contains(t, o.Out, "nothing was left to measure")
	require.Equal(t, asked, e.Asked.Load(), "nobody was asked")

	o = b.measure(e, append(small, "--resume", "--sla", "ttft.p50<=1us")...)
	require.Equal(t, exitSLAViolated, o.Code, "goals are judged anew")

	o = b.measure(e, "--concurrencies", "1", "--requests", "2", "--resume", "--osl", "5")
	require.Equal(t, exitUsage, o.Code, "--osl twice")
	o = b.run("benchmark", "--benchmark-name", "chat", "--endpoint-url", e.URL, "--model", "other",
		"--concurrencies", "1", "--requests", "2", "--isl", "16", "--std", "0", "--osl", "4", "--resume")
	require.Equal(t, exitFailure, o.Code)
	require.Contains(t, o.Errors, "levels of another configuration")

	require.Equal(t, exitOK, b.measure(e, append(small, "--overwrite")...).Code)
	require.Greater(t, e.Asked.Load(), asked)
}

func TestOldResultsStayWhenTheEndpointIsDead(t *testing.T) {
	b := newBench(t)
	e := (&endpoint{}).serve(t)
	require.Equal(t, exitOK, b.measure(e, "--concurrencies", "1", "--requests", "2").Code)
	before := tree(t, b.path())
	e.Close()
	for _, way := range []string{"--overwrite", "--resume"} {
		o := b.measure(e, "--concurrencies", "1,2", "--requests", "2", "--ready-timeout", "50ms", way)
		require.Equal(t, exitFailure, o.Code)
		require.Equal(t, before, tree(t, b.path()), way)
	}
}

func TestLevelInWhichAllRequestsFail(t *testing.T) {
	b := newBench(t)
	e := (&endpoint{spoil: broken(1)}).serve(t)
	o := b.measure(e, "--concurrencies", "1,2,3", "--requests", "3", "--sla", "ttft.p90<=1s@c1")
	require.Equal(t, exitLevelFailed, o.Code, "and not 4: figures of failed levels are not whole")
	require.Contains(t, o.Errors, "level c1 is failed: no request succeeded")
	require.Contains(t, o.Errors, "level c3 is skipped")
	for _, file := range []string{result.StatusFile, result.ExportFile, result.RecordsFile} {
		require.FileExists(t, b.path("chat", "c1", file))
	}
	require.Equal(t, exitOK, b.run("validate", "benchmarks/results").Code)
}

func TestErrorRates(t *testing.T) {
	third := func(n int64, w http.ResponseWriter) bool { return n%3 == 0 && broken(0)(n, w) }
	for name, c := range map[string]struct {
		flags []string
		code  int
	}{
		"above the default":  {nil, exitLevelFailed},
		"allowed":            {[]string{"--max-error-rate", "0.5"}, exitOK},
		"none allowed":       {[]string{"--max-error-rate", "0"}, exitLevelFailed},
		"goal on errors":     {[]string{"--max-error-rate", "0.5", "--sla", "error_rate<=0.01"}, exitSLAViolated},
		"goal without data":  {[]string{"--max-error-rate", "0.5", "--sla", "cache_hit>=0.4"}, exitSLAViolated},
		"goal without level": {[]string{"--max-error-rate", "0.5", "--sla", "error_rate<=0.9@c9"}, exitSLAViolated},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			e := (&endpoint{spoil: third}).serve(t)
			o := b.measure(e, append([]string{"--concurrencies", "2", "--requests", "12"}, c.flags...)...)
			require.Equal(t, c.code, o.Code)
		})
	}
}

func TestEndpointThatDiesOnTheWay(t *testing.T) {
	b := newBench(t)
	e := &endpoint{}
	e.spoil = func(n int64, w http.ResponseWriter) bool {
		if n == 30 { // within the second level
			go e.Close()
		}
		return false
	}
	o := b.measure(e.serve(t), "--concurrencies", "1,2,3,4,5", "--requests", "15", "--max-error-rate", "1")
	require.Equal(t, exitLevelFailed, o.Code)
	require.Contains(t, o.Errors, "level c4 is failed: ")
	require.Contains(t, o.Errors, "connection refused")
	require.Contains(t, o.Errors, "level c5 is skipped")
	require.Equal(t, exitOK, b.run("validate", "benchmarks/results").Code)
}

func TestATwinInAnotherCaseIsToldOf(t *testing.T) {
	b := newBench(t)
	require.NoError(t, os.MkdirAll(b.path("Chat"), 0o755))
	o := b.measure((&endpoint{}).serve(t), "--concurrencies", "1", "--requests", "2")
	require.Equal(t, exitOK, o.Code)
	require.Contains(t, o.Errors, "holds Chat too, which differs from chat in case alone")
}

func TestStopOnError(t *testing.T) {
	b := newBench(t)
	e := (&endpoint{spoil: broken(1)}).serve(t)
	o := b.measure(e, "--concurrencies", "1,2", "--requests", "3", "--on-error", "stop")
	require.Equal(t, exitLevelFailed, o.Code)
	require.NoDirExists(t, b.path("chat", "c2"))
}

func TestInterruptKeepsWhatWasMeasured(t *testing.T) {
	for signal, code := range map[os.Signal]int{os.Interrupt: exitSIGINT, syscall.SIGTERM: exitSIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			b := newBench(t)
			e := (&endpoint{token: 2 * time.Millisecond}).serve(t)
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			stopped := make(chan error, 1)
			go func() {
				stopped <- wait.AtMost(t.Context(), time.Minute, time.Millisecond, func(context.Context) error {
					if e.Asked.Load() < 20 {
						return os.ErrNotExist
					}
					cancel(Interrupt{signal})
					return nil
				})
			}()
			b.ctx = ctx
			o := b.measure(e, "--concurrencies", "1,2", "--duration", "10m")
			require.NoError(t, <-stopped)
			require.Equal(t, code, o.Code)
			require.Contains(t, o.Errors, "next: the same command with --resume")
			run, err := result.Load(b.path("chat"))
			require.NoError(t, err)
			require.Equal(t, result.Interrupted, run.State)
			require.Equal(t, result.LevelPartial, run.Level("c1").State)
			require.Greater(t, run.Level("c1").Requests, 5)
			require.True(t, strings.HasPrefix(run.Reason, "stopped by SIG"), run.Reason)
			require.Equal(t, exitOK, b.run("validate", "benchmarks/results").Code)
		})
	}
}
