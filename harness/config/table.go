package config

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Option is one row of the table that flags, variables, files and the manual
// are all made from.
type Option struct {
	Flag    string   // long name, "benchmark-name"
	Short   string   // one letter, or ""
	Aliases []string // other long names
	Env     []string // variables, the first that is set wins
	Doc     string   // one line, lower case
	Value   string   // what the value looks like, "N"; "" for a switch
	List    bool     // further values may follow, separated by blanks or commas

	set   func(*Options, string) error
	get   func(*Options) string
	row   string         // of Table that it is under another name, or ""
	name  string         // of the variable that set it, for its errors
	clear func(*Options) // of options that are repeated: what an earlier source gave
}

// Set gives the option of o the value as written.
func (p Option) Set(o *Options, value string) error {
	err := p.set(o, value)
	switch {
	case err != nil && p.name != "":
		return fmt.Errorf("%s=%q: %w", p.name, value, err)
	case err != nil:
		return fmt.Errorf("--%s %q: %w", p.Flag, value, err)
	}
	return nil
}

// Get returns the option's value in o as it would be written.
func (p Option) Get(o *Options) string { return p.get(o) }

// Repeats says that the option may be given several times.
func (p Option) Repeats() bool { return p.clear != nil }

// Switch says that the option takes no value.
func (p Option) Switch() bool { return p.Value == "" }

// key is the row of Table that the option is.
func (p Option) key() string { return cmp.Or(p.row, p.Flag) }

// Table lists the options of benchmark in the order of the manual.
func Table() []Option {
	return slices.Concat(targetOptions(), workloadOptions(), loadOptions(), judgementOptions(), outputOptions())
}

func targetOptions() []Option {
	return []Option{
		text("benchmark-name", "", "NAME", "name of the benchmark and of its folder", func(o *Options) *string { return &o.Name }, "DYNBENCH_NAME"),
		text("endpoint-url", "u", "URL", "base URL of the endpoint, http or https", func(o *Options) *string { return &o.URL }, "DYNBENCH_URL"),
		text("model", "m", "MODEL", "model field of each request", func(o *Options) *string { return &o.Model }),
		boolean("in-cluster", "allow URLs without a scheme, as inside a cluster", func(o *Options) *bool { return &o.InCluster }),
		text("endpoint-type", "", "TYPE", "chat or completions", func(o *Options) *string { return &o.EndpointType }),
		list("header", "H", "'NAME: VALUE'", "header of each request; repeatable", func(o *Options) *[]string { return &o.Headers }),
		text("api-key-env", "", "VARIABLE", "variable that holds the API key", func(o *Options) *string { return &o.APIKeyEnv }),
		list("extra-input", "", "KEY:VALUE", "field merged over each body, or a JSON object; repeatable", func(o *Options) *[]string { return &o.ExtraInputs }),
		text("dialect", "", "NAME", "fields that force the output length: auto, full, dynamo, vllm, openai", func(o *Options) *string { return &o.Dialect }),
		duration("timeout", "limit of one request", func(o *Options) *Duration { return &o.Timeout }),
		duration("connect-timeout", "limit of opening a connection; 0: 10s", func(o *Options) *Duration { return &o.ConnectTimeout }),
		duration("first-token-timeout", "limit from the send to the first token; 0: none of its own", func(o *Options) *Duration { return &o.FirstTokenTimeout }),
		duration("between-tokens-timeout", "limit from token to token; 0: none of its own", func(o *Options) *Duration { return &o.BetweenTimeout }),
		duration("ready-timeout", "wait for the target; 0: do not", func(o *Options) *Duration { return &o.ReadyTimeout }),
		number("gpus", "", "GPUs of the target, for figures per GPU; 0: unknown", func(o *Options) *int { return &o.GPUs }),
	}
}

func workloadOptions() []Option {
	return []Option{
		number("isl", "i", "input sequence length, mean tokens of a prompt", func(o *Options) *int { return &o.ISL }),
		number("std", "s", "standard deviation of the ISL", func(o *Options) *int { return &o.ISLStd }),
		number("osl", "o", "output sequence length, tokens", func(o *Options) *int { return &o.OSL }),
		text("tokenizer", "", "NAME", "approx, a tokenizer.json or its folder, a model in the local Hugging Face cache, or auto: that of --model, else approx", func(o *Options) *string { return &o.Tokenizer }),
		{
			Flag: "seed", Value: "N", Env: envOf("seed", nil), Doc: "seed of everything that is drawn",
			set: func(o *Options, v string) (err error) {
				o.Seed, err = strconv.ParseInt(v, 10, 64)
				return numError(err)
			},
			get: func(o *Options) string { return strconv.FormatInt(o.Seed, 10) },
		},
		text("salt", "", "TEXT", "repeats the prompts of the run with that salt; without one no run repeats another's", func(o *Options) *string { return &o.Salt }),
	}
}

func loadOptions() []Option {
	return []Option{
		{
			Flag: "concurrencies", Value: "N,N,...", Env: envOf("concurrencies", []string{"CONCURRENCIES"}), List: true,
			Doc: "levels: requests in flight at once, sorted",
			set: func(o *Options, v string) (err error) {
				o.Concurrencies, err = ParseLevels(v)
				o.Rates = nil // of an earlier source
				return err
			},
			get: func(o *Options) string {
				return strings.Trim(strings.ReplaceAll(fmt.Sprint(o.Concurrencies), " ", ","), "[]")
			},
		},
		number("requests", "", "measured requests of each level; 0: by requests-per-slot", func(o *Options) *int { return &o.Requests }, "REQUEST_COUNT"),
		number("requests-per-slot", "", "measured requests a slot, at least 10 a level", func(o *Options) *int { return &o.PerSlot }),
		boolean("allow-short", "allow fewer requests than slots", func(o *Options) *bool { return &o.AllowShort }),
		duration("duration", "send for this long at each level, in place of a number of requests", func(o *Options) *Duration { return &o.Duration }),
		number("warmup", "", "requests before the measured ones; -1: one a slot, 0: none", func(o *Options) *int { return &o.Warmup }),
		duration("ramp", "start the slots of a level evenly over this long; 0: over one TTFT, at most 0.1s", func(o *Options) *Duration { return &o.Ramp }),
		{
			Flag: "request-rate", Value: "R,R,...", Env: envOf("request-rate", nil), List: true,
			Doc: "levels of an open loop, in place of concurrencies: requests a second, whatever is in flight",
			set: func(o *Options, v string) (err error) { o.Rates, err = ParseRates(v); return err },
			get: func(o *Options) string { return o.Rates.String() },
		},
		aliased(text("arrival-pattern", "", "NAME", "when an open loop asks: constant, poisson or gamma",
			func(o *Options) *string { return &o.Arrival }), "arrival"),
		real("arrival-smoothness", "X", "shape of gamma arrivals: 1 is poisson, more is smoother", func(o *Options) *float64 { return &o.Smoothness }),
		number("max-in-flight", "", "most requests in flight in an open loop; what is held back is counted; 0: no bound", func(o *Options) *int { return &o.MaxInFlight }),
		number("repeats", "", "times each level is measured", func(o *Options) *int { return &o.Repeats }),
		duration("cooldown", "pause between levels", func(o *Options) *Duration { return &o.Cooldown }),
	}
}

func judgementOptions() []Option {
	return []Option{
		aliased(list("sla", "", "GOAL", "goal such as ttft.p99<=200ms@c50, itl.p90<=25ms@c10+, error_rate<=0.01; repeatable",
			func(o *Options) *[]string { return &o.SLA }), "assert"),
		text("goodput", "", "'KEY:VALUE ...'", "what makes a request good, in the metrics' units: time_to_first_token:200", func(o *Options) *string { return &o.Goodput }),
		real("max-error-rate", "SHARE", "share of failed requests above which a level has failed", func(o *Options) *float64 { return &o.MaxErrorRate }),
		real("abort-error-rate", "SHARE", "cut a level short when more requests fail; 0: never", func(o *Options) *float64 { return &o.AbortErrorRate }),
		number("abort-after-failures", "", "cut a level short after so many failed requests; 0: never", func(o *Options) *int { return &o.AbortAfterFailures }),
		text("compat", "", "NAME", "aiperf: count streams that break off or carry an error as it does", func(o *Options) *string { return &o.Compat }),
		text("on-error", "", "WAY", "continue or stop after a failed level", func(o *Options) *string { return &o.OnError }),
	}
}

func outputOptions() []Option {
	return []Option{
		text("output-dir", "d", "DIR", "folder of the result tree", func(o *Options) *string { return &o.OutputDir }),
		boolean("resume", "finish the run that is there: redo what is not whole", func(o *Options) *bool { return &o.Resume }),
		boolean("overwrite", "move the planned levels of an earlier run aside", func(o *Options) *bool { return &o.Overwrite }),
		boolean("fresh", "want an empty folder", func(o *Options) *bool { return &o.Fresh }),
		boolean("no-plot", "leave the plots to dynbench plot", func(o *Options) *bool { return &o.NoPlot }),
		boolean("raw-gaps", "keep the gaps between tokens of each request in order", func(o *Options) *bool { return &o.RawGaps }),
		boolean("verbose", "say more on standard error", func(o *Options) *bool { return &o.Verbose }),
	}
}

func envOf(flag string, more []string) []string {
	name := "DYNBENCH_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
	return append([]string{name}, more...)
}

func text(flag, short, value, doc string, at func(*Options) *string, env ...string) Option {
	return Option{
		Flag: flag, Short: short, Value: value, Doc: doc, Env: envOf(flag, env),
		set: func(o *Options, v string) error { *at(o) = v; return nil },
		get: func(o *Options) string { return *at(o) },
	}
}

// list appends: the option may be repeated.
func list(flag, short, value, doc string, at func(*Options) *[]string) Option {
	return Option{
		Flag: flag, Short: short, Value: value, Doc: doc, Env: envOf(flag, nil),
		set: func(o *Options, v string) error {
			if strings.TrimSpace(v) == "" {
				return fmt.Errorf("empty; want %s", value)
			}
			*at(o) = append(*at(o), v)
			return nil
		},
		get:   func(o *Options) string { return strings.Join(*at(o), " ") },
		clear: func(o *Options) { *at(o) = nil },
	}
}

func number(flag, short, doc string, at func(*Options) *int, env ...string) Option {
	return Option{
		Flag: flag, Short: short, Value: "N", Doc: doc, Env: envOf(flag, env),
		set: func(o *Options, v string) error {
			n, err := strconv.Atoi(strings.TrimSpace(v))
			if err != nil {
				return numError(err)
			}
			*at(o) = n
			return nil
		},
		get: func(o *Options) string { return strconv.Itoa(*at(o)) },
	}
}

func real(flag, value, doc string, at func(*Options) *float64) Option {
	return Option{
		Flag: flag, Value: value, Doc: doc, Env: envOf(flag, nil),
		set: func(o *Options, v string) error {
			x, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
			if err != nil {
				return numError(err)
			}
			*at(o) = x
			return nil
		},
		get: func(o *Options) string { return strconv.FormatFloat(*at(o), 'g', -1, 64) },
	}
}

func boolean(flag, doc string, at func(*Options) *bool) Option {
	return Option{
		Flag: flag, Doc: doc, Env: envOf(flag, nil),
		set: func(o *Options, v string) (err error) {
			*at(o), err = strconv.ParseBool(v)
			if err != nil {
				return fmt.Errorf("want true or false")
			}
			return nil
		},
		get: func(o *Options) string { return strconv.FormatBool(*at(o)) },
	}
}

func duration(flag, doc string, at func(*Options) *Duration) Option {
	return Option{
		Flag: flag, Value: "TIME", Doc: doc, Env: envOf(flag, nil),
		set: func(o *Options, v string) error { return at(o).UnmarshalText([]byte(v)) },
		get: func(o *Options) string { return time.Duration(*at(o)).String() },
	}
}

func aliased(p Option, names ...string) Option {
	p.Aliases = names
	return p
}

func numError(err error) error {
	if err != nil {
		return fmt.Errorf("want a number")
	}
	return nil
}
