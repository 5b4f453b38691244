package config

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/dynbench/dynbench/harness/workload"
)

// Defaults of AIPerf, which has no warm-up unless asked and a single level.
const (
	loadISL       = 550
	loadOutputDir = "artifacts"
)

// LoadDefaults are the values of options that are not given to load: AIPerf's
// where it has the option, else those of Defaults.
func LoadDefaults() Options {
	o := Defaults()
	o.ISL, o.ISLStd, o.OSL = loadISL, 0, workload.NoOSL
	o.Concurrencies, o.Warmup, o.OutputDir = []int{1}, 0, loadOutputDir
	o.renamed = map[string]string{}
	for _, p := range LoadTable() {
		if p.row != "" {
			o.renamed[p.row] = p.Flag
		}
	}
	return o
}

// LoadTable lists the options of load in the order of the manual: the rows of
// Table under AIPerf's names, and what only load has. A renamed option also
// takes the variable of its row.
func LoadTable() []Option {
	rows := map[string]Option{}
	for _, p := range Table() {
		rows[p.Flag] = p
	}
	as := func(row, flag, short string, aliases ...string) Option {
		return renamed(rows[row], flag, short, aliases...)
	}
	table := []Option{
		as("model", "model", "m", "model-names"),
		as("endpoint-url", "url", "u"),
		as("endpoint-type", "endpoint-type", ""),
		streaming(),
		as("concurrencies", "concurrency", ""),
		as("request-rate", "request-rate", ""),
		as("arrival-pattern", "arrival-pattern", ""),
		as("arrival-smoothness", "arrival-smoothness", ""),
		as("max-in-flight", "max-in-flight", ""),
		documented(as("requests", "request-count", "", "num-requests"), "measured requests of each level; 0: three a slot, at least 10; in an open loop what comes in 10s"),
		as("duration", "benchmark-duration", ""),
		documented(as("warmup", "warmup-request-count", "", "num-warmup-requests"), "requests before the measured ones; 0: none, -1: one a slot"),
		as("ramp", "concurrency-ramp-duration", ""),
		as("isl", "synthetic-input-tokens-mean", "", "isl", "prompt-input-tokens-mean"),
		as("std", "synthetic-input-tokens-stddev", "", "isl-stddev", "prompt-input-tokens-stddev"),
		documented(as("osl", "output-tokens-mean", "", "osl", "prompt-output-tokens-mean"), "output sequence length, tokens; -1: none is asked for, the model ends by itself"),
		inputFile(),
		as("tokenizer", "tokenizer", ""),
		as("extra-input", "extra-inputs", ""),
		as("header", "header", "H"),
		as("api-key-env", "api-key-env", ""),
		as("seed", "random-seed", ""),
		as("salt", "salt", ""),
		documented(as("output-dir", "artifact-dir", "", "output-artifact-dir"), "folder of the run; its name is the run's"),
		as("timeout", "request-timeout-seconds", ""),
	}
	for _, same := range [...]string{
		"goodput", "sla", "gpus", "max-error-rate", "abort-error-rate", "abort-after-failures", "on-error", "compat",
		"dialect", "in-cluster", "connect-timeout", "first-token-timeout", "between-tokens-timeout", "ready-timeout",
		"allow-short", "cooldown", "raw-gaps", "no-plot", "resume", "overwrite", "fresh", "verbose",
	} {
		p := rows[same]
		table = append(table, as(same, p.Flag, p.Short, p.Aliases...))
	}
	return table
}

// renamed is a row of Table under another name.
func renamed(p Option, flag, short string, aliases ...string) Option {
	p.row, p.Flag, p.Short, p.Aliases = p.Flag, flag, short, aliases
	p.Env = slices.Compact([]string{envOf(flag, nil)[0], p.Env[0]})
	return p
}

func documented(p Option, doc string) Option {
	p.Doc = doc
	return p
}

// streaming is a switch that AIPerf has off: here it cannot be.
func streaming() Option {
	return Option{
		Flag: "streaming", Env: envOf("streaming", nil), Doc: "ask for streams; always on",
		set: func(_ *Options, v string) error {
			on, err := strconv.ParseBool(v)
			if err != nil {
				return fmt.Errorf("want true or false")
			}
			if !on {
				return fmt.Errorf("TTFT needs streaming: it cannot be switched off")
			}
			return nil
		},
		get: func(*Options) string { return "true" },
	}
}

func inputFile() Option {
	return text("input-file", "", "FILE", "prompts of your own, JSON lines in AIPerf's single_turn form, asked in their order in place of synthetic ones",
		func(o *Options) *string { return &o.InputFile })
}

// flag is the name under which the user knows a row of Table.
func (o Options) flag(row string) string {
	if name := o.renamed[row]; name != "" {
		return "--" + name
	}
	return "--" + row
}
