package truth

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// peer is one load generator.
type peer struct {
	name      string
	key       string   // in PEERS_ONLY
	tokenizer string   // folder with a tokenizer.json, if it takes one
	alone     []string // environment where it has one processor
	firehose  int      // requests that take it some seconds at full speed
	argv      func(j job) []string
	read      func(j job) (told, error)
}

// told is what a tool reports, in ms.
type told struct {
	ttft [3]float64 // p50, p90, p99
	itl  float64    // mean
	rate float64    // output tokens/s
}

// installed lists what .ci/peers has put into dir, ours first.
func installed(t *testing.T, dir string) []peer {
	t.Helper()
	tokenizer := filepath.Join(dir, "tokenizer")
	all := []peer{dynbench(dir), vllmRS(dir, tokenizer), aiperf(dir, tokenizer), guidellm(dir, tokenizer)}
	only := strings.Fields(os.Getenv("PEERS_ONLY"))
	var have []peer
	for i, p := range all {
		if i > 0 && len(only) > 0 && !slices.Contains(only, p.key) {
			continue
		}
		if exe := p.argv(job{})[0]; exists(exe) {
			have = append(have, p)
		} else {
			t.Logf("%s is left out: no %s", p.name, exe)
		}
	}
	require.NotEmpty(t, have)
	return have
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

func dynbench(dir string) peer {
	return peer{
		name: "dynbench", key: "dynbench", firehose: 24_000,
		argv: func(j job) []string {
			return []string{filepath.Join(dir, "dynbench"), "benchmark", "--benchmark-name", "peers", "--endpoint-url", j.url,
				"--model", "reference", "--isl", "128", "--std", "0", "--osl", fmt.Sprint(j.osl),
				"--concurrencies", fmt.Sprint(j.streams), "--requests", fmt.Sprint(j.requests), "--no-plot", "--output-dir", j.dir}
		},
		read: func(j job) (told, error) {
			return readAIPerf(filepath.Join(j.dir, "peers", fmt.Sprintf("c%d", j.streams)))
		},
	}
}

func aiperf(dir, tokenizer string) peer {
	return peer{
		name: "AIPerf 0.13.0", key: "aiperf", tokenizer: tokenizer, firehose: 400,
		argv: func(j job) []string {
			return []string{filepath.Join(dir, "aiperf", "bin", "aiperf"), "profile", "--model", "reference", "--tokenizer", j.tokenizer,
				"--url", j.url, "--endpoint-type", "chat", "--streaming", "--concurrency", fmt.Sprint(j.streams),
				"--request-count", fmt.Sprint(j.requests), "--synthetic-input-tokens-mean", "128",
				"--output-tokens-mean", fmt.Sprint(j.osl), "--extra-inputs", "ignore_eos:true", "--artifact-dir", j.dir, "--ui", "none"}
		},
		read: func(j job) (told, error) { return readAIPerf(j.dir) },
	}
}

func vllmRS(dir, tokenizer string) peer {
	return peer{
		name: "vLLM 0.33.0, client in Rust", key: "vllm", tokenizer: tokenizer, firehose: 8_000,
		argv: func(j job) []string {
			return []string{filepath.Join(dir, "vllm", "vllm-rs"), "bench", "serve", "--backend", "openai-chat", "--base-url", j.url,
				"--model", "reference", "--tokenizer", j.tokenizer, "--dataset-name", "random", "--random-input-len", "128",
				"--random-output-len", fmt.Sprint(j.osl), "--num-prompts", fmt.Sprint(j.requests),
				"--max-concurrency", fmt.Sprint(j.streams), "--ignore-eos", "--disable-tqdm",
				"--percentile-metrics", "ttft,tpot,itl,e2el", "--metric-percentiles", "50,90,99",
				"--save-result", "--result-dir", j.dir, "--result-filename", "peers.json"}
		},
		read: func(j job) (told, error) {
			m, err := readJSON(filepath.Join(j.dir, "peers.json"))
			return told{
				ttft: [3]float64{m.number("p50_ttft_ms"), m.number("p90_ttft_ms"), m.number("p99_ttft_ms")},
				itl:  m.number("mean_itl_ms"), rate: m.number("output_throughput"),
			}, err
		},
	}
}

func guidellm(dir, tokenizer string) peer {
	return peer{
		name: "GuideLLM 0.8.1", key: "guidellm", tokenizer: tokenizer, firehose: 400,
		alone: []string{"GUIDELLM__MAX_WORKER_PROCESSES=1"},
		argv: func(j job) []string {
			return []string{filepath.Join(dir, "guidellm", "bin", "guidellm"), "run",
				"--backend", "kind=openai_http,target=" + j.url + ",model=reference",
				"--tokenizer", "kind=huggingface_auto,model=" + j.tokenizer,
				"--profile", fmt.Sprintf("kind=concurrent,streams=[%d]", j.streams),
				"--data", fmt.Sprintf("kind=synthetic_text,prompt_tokens=128,output_tokens=%d", j.osl),
				"--constraint", fmt.Sprintf("kind=max_requests,count=%d", j.requests),
				"--output", "kind=json,path=" + filepath.Join(j.dir, "b.json"), "--disable-console"}
		},
		read: func(j job) (told, error) {
			m, err := readJSON(filepath.Join(j.dir, "b.json"))
			if list, ok := m["benchmarks"].([]any); ok && len(list) > 0 {
				m, _ = list[0].(map[string]any)
			}
			ttft := m.at("metrics", "time_to_first_token_ms", "successful", "percentiles")
			return told{
				ttft: [3]float64{ttft.number("p50"), ttft.number("p90"), ttft.number("p99")},
				itl:  m.at("metrics", "inter_token_latency_ms", "successful").number("mean"),
				rate: m.at("metrics", "output_tokens_per_second", "successful").number("mean"),
			}, err
		},
	}
}

// readAIPerf reads the export that AIPerf and dynbench write.
func readAIPerf(dir string) (told, error) {
	m, err := readJSON(filepath.Join(dir, "profile_export_aiperf.json"))
	ttft := m.at("time_to_first_token")
	return told{
		ttft: [3]float64{ttft.number("p50"), ttft.number("p90"), ttft.number("p99")},
		itl:  m.at("inter_token_latency").number("avg"),
		rate: m.at("output_token_throughput").number("avg"),
	}, err
}

// object is a JSON object; what is not there is nil or 0.
type object map[string]any

func readJSON(path string) (object, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var m object
	return m, json.Unmarshal(text, &m)
}

func (o object) at(path ...string) object {
	for _, name := range path {
		next, _ := o[name].(map[string]any)
		o = next
	}
	return o
}

func (o object) number(name string) float64 {
	v, _ := o[name].(float64)
	return v
}
