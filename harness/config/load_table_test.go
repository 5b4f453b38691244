package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/workload"
	"github.com/dynbench/dynbench/harness/workload/trace"
)

// loaded is what a command line of load and variables come to.
func loaded(t *testing.T, vars map[string]string, args ...string) (Options, error) {
	t.Helper()
	var g Given
	fs := pflag.NewFlagSet("load", pflag.ContinueOnError)
	g.Bind(fs, LoadTable(), LoadDefaults())
	require.NoError(t, fs.Parse(args))
	return Sources{Defaults: LoadDefaults(), Table: LoadTable(), Lookup: env(vars), Flags: g.Set}.Options()
}

func TestLoadDefaultsAreAIPerfs(t *testing.T) {
	o, err := loaded(t, nil)
	require.NoError(t, err)
	r, err := o.Resolve(nil)
	require.NoError(t, err)
	require.Equal(t, workload.Synthetic{ISL: 550, OSL: workload.NoOSL}, r.Workload)
	require.Equal(t, load.NoWarmup, r.Warmup)
	require.Equal(t, load.Concurrency(1), r.Levels)
	require.True(t, r.Measure.Zero(), "by rule")
	require.Equal(t, "artifacts", o.OutputDir)
}

func TestLoadTableSetsTheSameOptions(t *testing.T) {
	o, err := loaded(t, map[string]string{"DYNBENCH_ISL": "7", "DYNBENCH_OUTPUT_TOKENS_MEAN": "9", "CONCURRENCIES": "3", "DYNBENCH_NAME": "x"},
		"--url", "http://h:1", "--isl-stddev", "2", "--benchmark-duration", "1.5", "--random-seed", "4", "--num-warmup-requests", "6",
		"--artifact-dir", "d", "--request-timeout-seconds", "30", "--extra-inputs", "a:1", "--extra-inputs", "b:2")
	require.NoError(t, err)
	want := LoadDefaults()
	want.URL, want.ISL, want.ISLStd, want.OSL, want.Duration = "http://h:1", 7, 2, 9, Duration(1500*time.Millisecond)
	want.Seed, want.Warmup, want.OutputDir, want.Timeout, want.ExtraInputs = 4, 6, "d", Duration(30*time.Second), []string{"a:1", "b:2"}
	require.Equal(t, want, o, "of the variables, those of the original benchmark are not load's")
}

func TestLoadErrorsHaveItsNames(t *testing.T) {
	_, err := loaded(t, nil, "--concurrency", "1", "--request-rate", "1")
	require.ErrorContains(t, err, "--request-rate and --concurrency exclude each other")
	o := LoadDefaults()
	o.ISL, o.OSL, o.ISLStd, o.Warmup, o.OutputDir, o.ExtraInputs = 0, 0, -1, -2, "", []string{"x"}
	o.Requests, o.Duration, o.InputFile = 3, 1, filepath.Join(t.TempDir(), "none")
	_, err = o.Resolve(nil)
	for _, part := range []string{"--synthetic-input-tokens-mean 0", "--output-tokens-mean 0", "--synthetic-input-tokens-stddev -1", "--warmup-request-count -2",
		"--artifact-dir: empty", "--extra-inputs", "--benchmark-duration and --request-count exclude", "--input-file: "} {
		require.ErrorContains(t, err, part)
	}
}

func TestRunFileOfLoadRepeatsItsRun(t *testing.T) {
	o := LoadDefaults()
	o.URL, o.InputFile = "http://h:1", "own.jsonl"
	config, err := json.Marshal(o)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "run.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"schema":"bench.run/1","config":`+string(config)+`}`), 0o600))
	got, err := Sources{Defaults: LoadDefaults(), Table: LoadTable(), File: file}.Options()
	require.NoError(t, err)
	require.Equal(t, o, got)
	_, err = Sources{Defaults: Defaults(), File: file}.Options()
	require.NoError(t, err, "benchmark reads it too")
}

func TestResolveInputFile(t *testing.T) {
	o := LoadDefaults()
	o.EndpointType, o.InputFile = "completions", filepath.Join(t.TempDir(), "own.jsonl")
	require.NoError(t, os.WriteFile(o.InputFile, []byte(`{"text":"x"}`), 0o600))
	r, err := o.Resolve(nil)
	require.NoError(t, err)
	own, ok := r.Workload.(trace.SingleTurn)
	require.True(t, ok)
	require.True(t, own.Completions)
	require.Zero(t, own.OSL, "no length unless given")
	require.Empty(t, r.Notices)

	o.Concurrencies = []int{1, 2}
	r, err = o.Resolve(nil)
	require.NoError(t, err)
	require.Contains(t, r.Notices[0], "prefix cache")
}

func TestAFileOfMoreThanTheDefaultIsNamed(t *testing.T) {
	o := LoadDefaults()
	o.InputFile = filepath.Join(t.TempDir(), "own.jsonl")
	require.NoError(t, os.WriteFile(o.InputFile, []byte(strings.Repeat(`{"text":"x"}`+"\n", 40)), 0o600))
	for want, o := range map[string]Options{
		"":                            with(o, func(o *Options) { o.Requests = 10 }),
		"c1 asks the first 10":        o,
		"c10 asks the first 35":       with(o, func(o *Options) { o.Concurrencies, o.Warmup = []int{10}, 5 }),
		"--request-count 35 asks all": with(o, func(o *Options) { o.Concurrencies, o.Warmup = []int{10}, 5 }),
		"r2 asks the first 20":        with(o, func(o *Options) { o.Rates = Rates{2, 100} }),
	} {
		r, err := o.Resolve(nil)
		require.NoError(t, err)
		text := strings.Join(r.Notices, "\n")
		if want == "" {
			require.Empty(t, text)
		}
		require.Contains(t, text, want)
	}
}

func with(o Options, change func(*Options)) Options {
	change(&o)
	return o
}
