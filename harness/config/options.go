// Package config holds the one configuration that every way of starting a
// benchmark resolves to: command line, environment variables, a file, a test's
// defaults. Options are plain values as a user writes them; Resolve turns them
// into the typed values that a sweep is made of, or says in one line each what
// is wrong. It promises nothing to other modules.
package config

import (
	"time"

	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/workload"
)

// Options is a benchmark as a user asks for it. The JSON keys are those of
// configuration files and of run.json's config. Secrets are not among them: an
// API key is named by the variable that holds it.
type Options struct {
	Name      string `json:"benchmark_name"`
	URL       string `json:"endpoint_url"`
	Model     string `json:"model"`
	OutputDir string `json:"output_dir"`
	InCluster bool   `json:"in_cluster,omitempty"` // URLs without a scheme are allowed

	EndpointType      string   `json:"endpoint_type"` // chat, completions
	Headers           []string `json:"headers,omitempty"`
	APIKeyEnv         string   `json:"api_key_env,omitempty"`
	ExtraInputs       []string `json:"extra_inputs,omitempty"` // "key:value" or a JSON object
	Timeout           Duration `json:"timeout"`                // of a whole request
	ConnectTimeout    Duration `json:"connect_timeout,omitempty"`
	FirstTokenTimeout Duration `json:"first_token_timeout,omitempty"`
	BetweenTimeout    Duration `json:"between_tokens_timeout,omitempty"`
	ReadyTimeout      Duration `json:"ready_timeout"` // 0: do not wait
	Dialect           string   `json:"dialect"`       // auto: what the probe finds
	GPUs              int      `json:"gpus,omitempty"`

	ISL           int      `json:"isl"`
	ISLStd        int      `json:"std"`
	OSL           int      `json:"osl"`                  // -1: none is asked for
	InputFile     string   `json:"input_file,omitempty"` // prompts in place of synthetic ones
	Tokenizer     string   `json:"tokenizer"`
	Seed          int64    `json:"seed"`
	Salt          string   `json:"salt,omitempty"`
	Concurrencies []int    `json:"concurrencies"`
	Requests      int      `json:"requests"` // 0: max(10, RequestsPerSlot x c)
	PerSlot       int      `json:"requests_per_slot"`
	AllowShort    bool     `json:"allow_short,omitempty"`
	Duration      Duration `json:"duration,omitempty"`
	Warmup        int      `json:"warmup"`         // requests; -1: one a slot, or ten in an open loop
	Ramp          Duration `json:"ramp,omitempty"` // 0: the probe's TTFT, at most load.MaxSpread

	// An open loop asks at a rate, in place of Concurrencies.
	Rates       Rates   `json:"request_rates,omitempty"` // requests a second, a level each
	Arrival     string  `json:"arrival"`                 // constant, poisson, gamma
	Smoothness  float64 `json:"arrival_smoothness"`      // of gamma: 1 is poisson, more is smoother
	MaxInFlight int     `json:"max_in_flight,omitempty"`

	Repeats  int      `json:"repeats"`
	Cooldown Duration `json:"cooldown,omitempty"`

	OnError            string   `json:"on_error"` // continue, stop
	MaxErrorRate       float64  `json:"max_error_rate"`
	AbortErrorRate     float64  `json:"abort_error_rate,omitempty"`     // 0: a level is never cut short
	AbortAfterFailures int      `json:"abort_after_failures,omitempty"` // likewise
	Compat             string   `json:"compat,omitempty"`               // aiperf: count broken streams as it does
	RawGaps            bool     `json:"raw_gaps,omitempty"`
	SLA                []string `json:"sla,omitempty"`
	Goodput            string   `json:"goodput,omitempty"` // "time_to_first_token:200 inter_token_latency:20"

	Resume    bool `json:"-"`
	Overwrite bool `json:"-"`
	Fresh     bool `json:"-"`
	NoPlot    bool `json:"no_plot,omitempty"`
	Verbose   bool `json:"-"`

	renamed map[string]string // rows of Table that the user knows by other names
}

// Duration is a time.Duration that files and flags write as "600s".
type Duration time.Duration

// Defaults are the values of an option that is not given, those of the original
// benchmark where it has the option.
func Defaults() Options {
	return Options{
		Model: "Qwen/Qwen3-0.6B", OutputDir: "benchmarks/results", EndpointType: "chat",
		Timeout: Duration(600 * time.Second), ReadyTimeout: Duration(60 * time.Second), Dialect: "auto",
		ISL: workload.DefaultISL, ISLStd: workload.DefaultISLStd, OSL: workload.DefaultOSL,
		Tokenizer: "auto", Seed: 1, Concurrencies: []int{1, 2, 5, 10, 50, 100, 250},
		PerSlot: load.RequestsPerSlot, Warmup: -1, Repeats: 1, Arrival: "poisson", Smoothness: 1, OnError: "continue", MaxErrorRate: 0.01,
	}
}
