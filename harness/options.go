package harness

import (
	"encoding/json"
	"time"

	"github.com/dynbench/dynbench/harness/config"
)

// FromOptions is the sweep that a user's options come to; r is what o resolved
// to. Progress, Log and Tool are left to the caller.
func FromOptions(o config.Options, r config.Resolved) Sweep {
	raw, err := json.Marshal(o)
	if err != nil { // Options holds nothing that JSON cannot
		raw = nil
	}
	s := Sweep{
		Name: o.Name, Workload: r.Workload, Levels: r.Levels, Warmup: r.Warmup, Measure: r.Measure,
		Repeats: o.Repeats, Cooldown: time.Duration(o.Cooldown), Seed: o.Seed, Salt: o.Salt,
		Tokenizer: r.Tokenizer, Goodput: r.Goodput, Goals: r.Goals,
		Client: ClientOptions{
			Endpoint: r.Endpoint, Headers: r.Headers, APIKey: r.APIKey,
			Extra: r.Extra, Dialect: r.Dialect,
			Connect: time.Duration(o.ConnectTimeout), FirstToken: time.Duration(o.FirstTokenTimeout),
			BetweenTokens: time.Duration(o.BetweenTimeout), Timeout: time.Duration(o.Timeout),
			RawGaps: o.RawGaps, AIPerfCounting: o.Compat == "aiperf",
		},
		ReadyTimeout: time.Duration(o.ReadyTimeout), MaxErrorRate: o.MaxErrorRate, StopOnError: o.OnError == "stop",
		AbortErrorRate: o.AbortErrorRate, AbortAfterFailures: o.AbortAfterFailures,
		NoPlot: o.NoPlot, Config: raw,
	}
	// In options 0 means what it says, in a sweep it means the default.
	if s.ReadyTimeout == 0 {
		s.ReadyTimeout = -1
	}
	if s.MaxErrorRate == 0 {
		s.MaxErrorRate = NoErrors
	}
	switch {
	case o.Resume:
		s.Existing = Resume
	case o.Overwrite:
		s.Existing = Overwrite
	case o.Fresh:
		s.Existing = Fresh
	}
	return s
}
