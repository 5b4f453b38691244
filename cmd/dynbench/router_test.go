package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/router"
)

// ratios is a command line of a small sweep.
func ratios(more ...string) []string {
	return append([]string{"router", "prefix-ratio", "--prefix-ratios", "0.5", "--isl", "100", "--osl", "4", "--num-prefix-prompts", "2",
		"--requests", "12", "--concurrency", "4", "--body-std", "-1", "--osl-std", "-1", "--no-plot"}, more...)
}

func TestPrefixRatioOfModes(t *testing.T) {
	b := newBench(t)
	o := b.run(ratios("--modes", "round-robin", "kv", "--engines", "2", "--block-size", "16", "--speedup", "50", "--pairs", "2", "--control")...)
	require.Equal(t, exitOK, o.Code)
	for _, want := range []string{"TTFT mean, ms", "kv against round-robin", "2 pairs)", "no_reuse", "events of engines were applied", "results  "} {
		if want == "no_reuse" {
			require.FileExists(t, filepath.Join(b.dir, "kv_router", "kv", "rep-1", "no_reuse_seed_1", "profile_export_aiperf.json"))
			continue
		}
		require.Contains(t, o.Out, want)
	}
	o = b.run("router", "participation", "kv_router/kv/rep-1", "--minimum-decode-workers", "2")
	require.Equal(t, exitOK, o.Code)
	require.Contains(t, o.Out, "24 of 24 measured requests named their worker")
	o = b.run("router", "participation", "kv_router/kv/rep-1", "--minimum-decode-workers", "3")
	require.Equal(t, exitLevelFailed, o.Code)
	require.Contains(t, o.Errors, "observed 2 decode workers, required 3")
	require.FileExists(t, filepath.Join(b.dir, "kv_router", "kv", "rep-1", router.ParticipationFile))

	o = b.run("router", "compare", "a=kv_router/kv", "b=kv_router/round-robin", "--output-dir", "plots")
	require.Equal(t, exitOK, o.Code)
	require.FileExists(t, filepath.Join(b.dir, "plots", router.ComparePlot))
	require.Equal(t, exitUsage, b.run(ratios("--modes", "round-robin,kv", "--engines", "2", "--speedup", "50", "--salt", "x", "--pairs", "0")...).Code)
	o = b.run(ratios("--modes", "round-robin,kv", "--engines", "2", "--speedup", "50", "--pairs", "1")...)
	require.Equal(t, exitFailure, o.Code)
	require.Contains(t, o.Errors, "--overwrite")
}

// The environment says where the workers run and how many there are, as it does
// for every stack; the router is the modes' business.
func TestPrefixRatioTakesTheEnvironment(t *testing.T) {
	b := newBench(t)
	b.env["DYNBENCH_ENGINES"], b.env["DYNBENCH_FRONTEND"] = "3", "process:no-such-router"
	o := b.run(ratios("--modes", "kv", "--block-size", "16", "--speedup", "50", "--pairs", "1")...)
	require.Equal(t, exitOK, o.Code, o.Errors)
	o = b.run("router", "participation", "kv_router/kv/rep-1", "--minimum-decode-workers", "4")
	require.Equal(t, exitLevelFailed, o.Code)
	require.Contains(t, o.Errors, "observed 3 decode workers, required 4")
}

func TestPrefixRatioSaysWhatItMakesOtherwise(t *testing.T) {
	t.Setenv("DYNBENCH_LLAMACPP_ENV", "/nowhere/at/all")
	b := &bench{t: t, dir: t.TempDir(), env: map[string]string{}, ctx: t.Context()}
	o := b.run(ratios("--modes", "round-robin", "--engine", "process:llamacpp", "--output-dir", "again")...)
	require.Equal(t, exitFailure, o.Code)
	require.Contains(t, o.Errors, "1 of the 4 engines that are declared")
	require.Contains(t, o.Errors, "DYNBENCH_ENGINES=N sets another number")
}

func TestPrefixRatioOfAnEndpoint(t *testing.T) {
	b := newBench(t)
	e := (&endpoint{model: "m"}).serve(t)
	o := b.run(ratios("--url", e.URL, "--output-dir", "out")...)
	require.Equal(t, exitLevelFailed, o.Code)
	require.Contains(t, o.Errors, "no worker IDs were returned")
	inputs, err := os.ReadFile(filepath.Join(b.dir, "out", "prefix_ratio_0.5_seed_0", "inputs.json"))
	require.NoError(t, err)
	require.Contains(t, string(inputs), `"nvext":{"extra_fields":["worker_id"],"ignore_eos":true}`)
	o = b.run(ratios("--url", e.URL+"/v1", "--output-dir", "again", "--any-workers", "--use-expected-osl", "--collect-gpu-sku", "--tensor-parallel-size", "2")...)
	require.Equal(t, exitOK, o.Code)
	raw, err := os.ReadFile(filepath.Join(b.dir, "again", router.SummaryFile))
	require.NoError(t, err)
	var summary struct {
		Ratios []float64 `json:"prefix_ratios"`
		TTFT   []float64 `json:"ttft_values"`
		Config struct {
			Model string `json:"model"`
			TP    int    `json:"tp"`
			GPU   string `json:"gpu_sku"`
		} `json:"config"`
	}
	require.NoError(t, json.Unmarshal(raw, &summary))
	require.Equal(t, []float64{0.5}, summary.Ratios)
	require.Len(t, summary.TTFT, 1)
	require.Equal(t, "m", summary.Config.Model)
	require.Equal(t, 2, summary.Config.TP)
	require.NotEmpty(t, summary.Config.GPU)
	inputs, err = os.ReadFile(filepath.Join(b.dir, "again", "prefix_ratio_0.5_seed_0", "inputs.json"))
	require.NoError(t, err)
	require.Contains(t, string(inputs), `"nvext":{"agent_hints":{"osl":4},"ignore_eos":true}`)
}

func TestRouterPing(t *testing.T) {
	b := newBench(t)
	e := (&endpoint{model: "m"}).serve(t)
	o := b.run("router", "ping", strings.TrimPrefix(e.URL, "http://"))
	require.Equal(t, exitOK, o.Code)
	require.Contains(t, o.Out, "data: [DONE]")
	o = b.run("router", "ping", e.URL, "--model", "other")
	require.Equal(t, exitFailure, o.Code)
	require.Contains(t, o.Errors, "The model other does not exist")
	require.Equal(t, exitFailure, b.run("router", "ping", "1").Code)
}

func TestRouterCompareRefuses(t *testing.T) {
	b := newBench(t)
	for i, isl := range []int{100, 200} {
		dir := filepath.Join(b.dir, fmt.Sprint(i))
		require.NoError(t, os.MkdirAll(dir, 0o755))
		text := fmt.Sprintf(`{"prefix_ratios":[0.5],"ttft_values":[1],"throughput_values":[2],"config":{"model":"m","isl":%d}}`, isl)
		require.NoError(t, os.WriteFile(filepath.Join(dir, router.SummaryFile), []byte(text), 0o600))
	}
	o := b.run("router", "compare", "a=0", "b=1")
	require.Equal(t, exitFailure, o.Code)
	require.Contains(t, o.Errors, "a has isl 100, b has isl 200")
	require.NoFileExists(t, filepath.Join(b.dir, router.ComparePlot))
	require.Equal(t, exitFailure, b.run("router", "compare", "a=0", "b=absent").Code)
}

func TestRouterRefuses(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"router nonsense", `dynbench router has no command "nonsense"`},
		{"router prefix-ratio --prefix-ratios 0.5 1.5", `--prefix-ratios "1.5": want numbers from 0 to 1`},
		{"router prefix-ratio --prefix-ratios x", `--prefix-ratios "x"`},
		{"router prefix-ratio --modes ouija", "no such rule"},
		{"router prefix-ratio --modes kv --url http://a", "exclude each other"},
		{"router prefix-ratio --engines 4", "--engines belongs to a stack that --modes brings up"},
		{"router prefix-ratio --modes kv --engine process:warp", "warp"},
		{"router prefix-ratio --requests 0", "--requests 0: want at least 1"},
		{"router prefix-ratio --goodput x", `--goodput "x"`},
		{"router prefix-ratio --tokenizer absent.json", "--tokenizer absent.json"},
		{"router ping 1 2", "ping takes one port or URL"},
		{"router ping 70000", "port 70000"},
		{"router compare a", `compare "a": want NAME=DIR`},
		{"router compare a=b", "two folders at least"},
		{"router participation", "wants one folder"},
		{"router participation x --minimum-decode-workers -1", "want 0 or more"},
		{"router launch --mockers --trtllm", "exclude each other"},
		{"router launch --prefill --decode", "exclude each other"},
		{"router launch --num-workers 0", "--num-workers 0"},
		{"router launch --base-gpu-offset -1", "GPU offset -1"},
	} {
		t.Run(c.line, func(t *testing.T) {
			b := newBench(t)
			o := b.run(strings.Fields(c.line)...)
			require.Equal(t, exitUsage, o.Code)
			require.Contains(t, o.Errors, c.want)
			require.Empty(t, o.Out)
			b.wroteNothing()
		})
	}
}

func TestLaunchSaysWhatIsMissing(t *testing.T) {
	t.Setenv("DYNBENCH_DYNAMO_ENV", "/nowhere/at/all")
	b := &bench{t: t, dir: t.TempDir(), env: map[string]string{"ETCD_ENDPOINTS": "http://127.0.0.1:2379"}, ctx: t.Context()}
	o := b.run("router", "launch", "--mockers", "--num-workers", "2", "--model-path", "qwen", "--", "--speedup-ratio", "10")
	require.Equal(t, exitFailure, o.Code)
	require.Contains(t, o.Errors, "/nowhere/at/all")
	for _, want := range []string{"mocker", "--speedup-ratio 10", "http://127.0.0.1:2379"} {
		require.Contains(t, o.Out, want)
	}
}
