package main

import (
	"context"
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
	for _, want := range []string{"TTFT mean, ms", "kv against round-robin, with 95 % intervals over 2 pairs", "no_reuse", "events of engines were applied", "results  ", "summary  "} {
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
	require.Contains(t, o.Errors, "next: add --overwrite, or choose another --output-dir")
	require.NotContains(t, o.Errors, "--resume")
}

// What a mode lacks, and what was not as it is called, have codes of their own.
func TestPrefixRatioSaysHowItEnded(t *testing.T) {
	t.Setenv("DYNBENCH_ROUTERS_ENV", "")
	t.Chdir(t.TempDir()) // no module above it
	b := &bench{t: t, dir: t.TempDir(), env: map[string]string{}, ctx: t.Context()}
	o := b.run(ratios("--modes", "vllm-router:cache_aware", "--output-dir", "a")...)
	require.Equal(t, exitFailure, o.Code)
	require.Contains(t, o.Errors, "next: set up what is missing, leave that mode out")
	o = b.run(ratios("--modes", "kv", "--speedup", "50", "--block-size", "64", "--output-dir", "b")...)
	require.Equal(t, exitLevelFailed, o.Code)
	require.Contains(t, o.Errors, "fills no KV block of 64")
	require.Contains(t, o.Errors, "next: what was measured is below "+filepath.Join(b.dir, "b"))
	o = b.run(ratios("--modes", "kv", "--blocks", "1", "--block-size", "64", "--output-dir", "c")...)
	require.Equal(t, exitLevelFailed, o.Code)
	require.Contains(t, o.Errors, "no request succeeded: 12 times")
	require.Contains(t, o.Errors, "maximum context length is 64")
	require.Contains(t, o.Errors, "next: mend this and give the command again; what had begun, if anything, lies below")
	o = b.run(ratios("--url", "http://127.0.0.1:1", "--ready-timeout", "200ms", "--output-dir", "d")...)
	require.Equal(t, exitFailure, o.Code)
	require.Contains(t, o.Errors, "next: dynbench doctor")

	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(Interrupt{os.Interrupt})
	b.ctx = ctx
	o = b.run(ratios("--modes", "kv", "random", "--output-dir", "e")...)
	require.Equal(t, exitSIGINT, o.Code)
	require.Contains(t, o.Errors, "next: no run had come to its end")
	require.Empty(t, o.Out, "tables of nothing")
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
	require.Contains(t, o.Errors, "next: --any-workers takes answers that name no worker")
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
	o = b.run("router", "ping", "1")
	require.Equal(t, exitFailure, o.Code)
	require.Contains(t, o.Errors, "GET http://localhost:1/v1/models: ")
	require.Contains(t, o.Errors, "next: dynbench doctor --endpoint-url http://localhost:1")
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
	o = b.run("router", "compare", "a=0", "b=absent")
	require.Equal(t, exitFailure, o.Code)
	require.Contains(t, o.Errors, "next: give folders that hold "+router.SummaryFile)
	o = b.run("router", "compare", "a=0", "b=.")
	require.Equal(t, exitFailure, o.Code)
	require.Contains(t, o.Errors, "there are some in "+filepath.Join(b.dir, "0")+", "+filepath.Join(b.dir, "1"))
	o = b.run("router", "participation", "0")
	require.Equal(t, exitFailure, o.Code)
	require.Contains(t, o.Errors, "next: give a folder that router prefix-ratio wrote")
}

// A summary that is not what it is called is neither drawn nor in the table.
func TestRouterCompareLeavesOutWhatIsVoid(t *testing.T) {
	b := newBench(t)
	for name, void := range map[string]string{"kv": "it routed by load alone", "rr": ""} {
		text := fmt.Sprintf(`{"config":{"model":"m"},"dynbench":{"void":%q,"points":[{"prefix_ratio":0.5,"time_to_first_token_ms":{"avg":77},"cache_hit_ratio":null}]}}`, void)
		require.NoError(t, os.MkdirAll(filepath.Join(b.dir, name), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(b.dir, name, router.SummaryFile), []byte(text), 0o600))
	}
	o := b.run("router", "compare", "kv=kv", "rr=rr")
	require.Equal(t, exitOK, o.Code)
	require.Contains(t, o.Out, "kv is left out, as not measured as what it is called: it routed by load alone")
	require.Equal(t, 1, strings.Count(o.Out, "77.0"))
}

func TestRouterRefuses(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"router nonsense", `dynbench router has no command "nonsense"`},
		{"router prefix-ratio --prefix-ratios 0.5 1.5", `--prefix-ratios "1.5": want numbers from 0 to 1`},
		{"router prefix-ratio --prefix-ratios x", `--prefix-ratios "x"`},
		{"router prefix-ratio --modes ouija", `no rule "ouija"`},
		{"router prefix-ratio --modes=", "--modes: no value in it"},
		{"router prefix-ratio --prefix-ratios=", "--prefix-ratios: no value in it"},
		{"router prefix-ratio --modes kv --speedup 0", "--speedup 0: want a number above 0"},
		{"router prefix-ratio --modes kv --speedup NaN", "--speedup NaN: want a number above 0"},
		{"router prefix-ratio --modes kv --blocks -3", "--blocks -3: want at least 1"},
		{"router prefix-ratio --modes kv --engines 0", "--engines 0: want at least 1"},
		{"router prefix-ratio --workers -1", "--workers -1: want at least 0"},
		{"router prefix-ratio --body-std -7", "--body-std -7: want at least -1"},
		{"router prefix-ratio --modes kv --isl 1000000000000", "want at most 10000000 tokens"},
		{"router prefix-ratio --url ftp://x", `scheme "ftp"`},
		{"router prefix-ratio --modes kv --url http://a", "exclude each other"},
		{"router prefix-ratio --engines 4", "--engines belongs to a stack that --modes brings up"},
		{"router prefix-ratio --modes kv --engine process:warp", "--engine process:warp: there is no process"},
		{"router prefix-ratio --requests 0", "--requests 0: want at least 1"},
		{"router prefix-ratio --goodput x", `--goodput "x"`},
		{"router prefix-ratio --tokenizer absent.json", "--tokenizer absent.json"},
		{"router ping 1 2", "ping takes one port or URL"},
		{"router ping 70000", "port 70000"},
		{"router compare a", `compare "a": want NAME=DIR`},
		{"router compare a=b", "two folders at least"},
		{"router launch mockers", `"mockers": arguments of the engine stand behind --`},
		{"router launch --tensor-parallel-size 0", "--tensor-parallel-size 0: want at least 1"},
		{"router launch --ready-timeout -1s", "--ready-timeout -1s: want more than 0"},
		{"router launch --log-dir=", "--log-dir: want a folder"},
		{"router participation", "wants one folder"},
		{"router participation x --minimum-decode-workers -1", "want 0 or more"},
		{"router launch --mockers --trtllm", "exclude each other"},
		{"router launch --prefill --decode", "exclude each other"},
		{"router launch --num-workers 0", "--num-workers 0"},
		{"router launch --base-gpu-offset -1", "--base-gpu-offset -1: want at least 0"},
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
