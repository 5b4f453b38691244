package harness

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/target"
	"github.com/dynbench/dynbench/harness/workload"
	"github.com/dynbench/dynbench/harness/workload/trace"
)

// describe is the run as it stands before its first level.
func (m *measurement) describe() *result.Run {
	now := time.Now()
	s := m.sweep
	run := &result.Run{
		Name: s.Name, RunID: result.NewRunID(now), Tool: s.Tool, Started: now, State: result.Running,
		Target: m.targetInfo(), Workload: workloadInfo(s.Workload), Load: loadInfo(s),
		Seed: s.Seed, Salt: s.Salt, Tokenizer: s.Tokenizer.Name(), Set: s.Metrics,
		Config: s.Config, Command: s.Command, Machine: result.ThisMachine(), Dir: m.dir, Flat: s.Flat,
	}
	for _, l := range s.Goodput {
		if run.Goodput == nil {
			run.Goodput = map[string]float64{}
		}
		run.Goodput[l.Def().Key] = l.Value()
	}
	if t, ok := s.Tokenizer.(interface{ Revision() string }); ok {
		run.TokenizerRevision = t.Revision()
	}
	run.Fingerprint = m.fingerprint()
	return run
}

func (m *measurement) targetInfo() result.TargetInfo {
	t := m.target
	return result.TargetInfo{
		URL: t.URL, Model: t.Model, GPUs: t.GPUs, GPUsSource: t.GPUsSource, Engine: m.probe.Server,
		EngineVersion: engineVersion(t), Labels: t.Labels, Parts: t.Parts,
	}
}

// engineVersion is that of the first engine among the parts.
func engineVersion(t target.Target) string {
	for _, p := range t.Parts {
		if strings.HasPrefix(p.Name, "engine-") {
			return p.Version
		}
	}
	return ""
}

func workloadInfo(w workload.Workload) result.WorkloadInfo {
	if s, ok := w.(workload.Synthetic); ok {
		if s.ISL == 0 {
			s.ISL = workload.DefaultISL
		}
		if s.OSL == 0 {
			s.OSL = workload.DefaultOSL
		}
		return result.WorkloadInfo{Kind: "synthetic", ISL: float64(s.ISL), ISLStd: float64(s.ISLStd), OSL: float64(max(s.OSL, 0))}
	}
	if s, ok := w.(trace.SingleTurn); ok {
		n, sum, err := s.Prompts()
		if err != nil { // it was validated: gone since
			return result.WorkloadInfo{Kind: "single_turn"}
		}
		return result.WorkloadInfo{Kind: "single_turn", OSL: float64(s.OSL), Prompts: n, Files: []result.File{{Path: s.Path, SHA256: sum}}}
	}
	if p, ok := w.(workload.PrefixPool); ok {
		return result.WorkloadInfo{Kind: "prefix_pool", ISL: float64(p.PrefixTokens() + p.BodyTokens()), OSL: float64(max(p.OSL, 0)), Params: params(p)}
	}
	return result.WorkloadInfo{Kind: strings.TrimPrefix(fmt.Sprintf("%T", w), "*"), Params: params(w)}
}

// params are the exported fields of a workload of the user's own.
func params(w workload.Workload) map[string]any {
	b, err := json.Marshal(w)
	if err != nil {
		return nil
	}
	var p map[string]any
	if json.Unmarshal(b, &p) != nil {
		return nil
	}
	return p
}

func loadInfo(s Sweep) result.LoadInfo {
	info := result.LoadInfo{Kind: "concurrency", Repeats: s.Repeats}
	measure, warmup := fmt.Sprintf("max(%d,%dc)", load.MinRequests, load.RequestsPerSlot), "c"
	for _, l := range s.Levels {
		value := float64(l.Plan.Concurrency)
		if l.Plan.Open() {
			info.Kind, info.Arrival, value = "rate", l.Plan.Arrival.String(), l.Plan.Arrival.Mean()
			measure, warmup = fmt.Sprintf("max(%d,%s)", load.MinRequests, load.OpenFor), fmt.Sprint(load.MinRequests)
		}
		info.Levels = append(info.Levels, value)
	}
	info.Requests, info.Duration = rule(s.Measure, measure)
	info.Warmup, _ = rule(s.Warmup, warmup)
	return info
}

// rule says a stop in words; other is what its zero value means.
func rule(s load.Stop, other string) (requests, duration string) {
	switch {
	case s.Zero():
		return other, ""
	case s.Requests == load.None:
		return "0", ""
	case s.Requests > 0:
		requests = fmt.Sprint(s.Requests)
	}
	if s.Duration > 0 {
		duration = s.Duration.String()
	}
	return requests, duration
}

// fingerprint hashes what was measured and how. Seed, salt and the levels
// themselves are no part of it: a resumed run may add levels.
func (m *measurement) fingerprint() string {
	s := m.sweep
	what := struct {
		URL, Model, Endpoint, Tokenizer string
		Labels                          map[string]string
		Parts                           []string
		Headers                         map[string][]string
		Extra                           map[string]any
		Workload                        string
		Warmup, Measure                 load.Stop
		Arrival                         string
	}{
		Model: m.target.Model, Endpoint: s.Client.Endpoint.String(), Tokenizer: s.Tokenizer.Name(),
		Labels: m.target.Labels, Headers: s.Client.Headers, Extra: s.Client.Extra,
		Workload: fmt.Sprintf("%T%+v", s.Workload, s.Workload), Warmup: s.Warmup, Measure: s.Measure,
	}
	if len(m.target.Parts) == 0 {
		what.URL = m.target.URL
	}
	for _, l := range s.Levels {
		if l.Plan.Open() {
			what.Arrival = fmt.Sprintf("%T, at most %d in flight", l.Plan.Arrival, l.Plan.MaxInFlight)
		}
	}
	for _, p := range m.target.Parts { // a stack of ours answers at another port each time
		what.Parts = append(what.Parts, p.Name+"/"+p.Provider+"/"+p.Version)
	}
	b, err := json.Marshal(what)
	if err != nil { // an Extra that JSON cannot hold: the probe would have failed before
		b = fmt.Appendf(nil, "%+v", what)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
