package router

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/fixtures/engine"
	"github.com/dynbench/dynbench/fixtures/launch"
	"github.com/dynbench/dynbench/fixtures/part"
	"github.com/dynbench/dynbench/fixtures/sim/route"
)

// Mode names a router and its rule: "kv" alone is a mode of the frontend that
// belongs to the engines (the reference router on simulated ones, Dynamo's on
// its workers), "ROUTER:RULE" a rule of that router: "reference:kv",
// "dynamo:kv", "vllm-router:cache_aware", "sglang-router:cache_aware". Behind an
// @ stand engines of its own, in place of those that all have:
// "dynamo:kv@process:mocker".
type Mode string

// The routers.
const (
	reference    = "reference"
	dynamo       = "dynamo"
	vllmRouter   = "vllm-router"
	sglangRouter = "sglang-router"
)

// Evidence is how a router knows what caches hold, and so what must be seen of
// it before its figures may stand for it.
type evidence uint8

const (
	blind   evidence = iota // it does not look at prefixes
	guessed                 // by where it has sent what
	told                    // by events of the engines
)

// split returns the router ("" for that of the engines) and its rule.
func (m Mode) split() (router, rule string) {
	own, _, _ := strings.Cut(string(m), "@")
	name, rule, two := strings.Cut(own, ":")
	if !two && slices.Contains([]string{reference, dynamo, vllmRouter, sglangRouter}, name) {
		return name, ""
	}
	if !two {
		return "", name
	}
	return name, rule
}

// Place is where the mode's own engines are, "" without.
func (m Mode) Place() string {
	_, place, _ := strings.Cut(string(m), "@")
	return place
}

// Folder is the mode's name as a folder: "vllm-router-cache_aware".
func (m Mode) Folder() string { return strings.NewReplacer(":", "-", "@", "-").Replace(string(m)) }

// rules are the modes of the reference router and of Dynamo's frontend.
func rules(router string) []string {
	own := []string{string(route.RoundRobin), string(route.Random), string(route.LeastLoaded), string(route.KV), string(route.KVApprox)}
	switch router {
	case reference:
		return own
	case vllmRouter:
		return []string{"cache_aware", "kv_aware", "round_robin", "random", "power_of_two", "consistent_hash", "sticky_least_loaded"}
	case sglangRouter:
		return []string{"cache_aware", "round_robin", "random", "power_of_two"}
	}
	return append(own, "power-of-two", "direct")
}

// evidence is what the mode's router goes by.
func (m Mode) evidence() evidence {
	switch _, rule := m.split(); rule {
	case string(route.KV), "kv_aware":
		return told
	case string(route.KVApprox), "cache_aware", "":
		if r, _ := m.split(); r == reference || r == dynamo {
			return blind
		}
		return guessed
	}
	return blind
}

// tellByZMQ has simulated engines publish their KV events in vLLM's form, which
// is what routers beside Dynamo's read.
func tellByZMQ(t *fixtures.Topology) {
	if t.EngineProvider != nil || t.EngineKind != "" && t.EngineKind != "embedded" {
		return
	}
	t.Model = cmp.Or(t.Model, fixtures.DefaultModel)
	simulated, profiles := engine.Sim{Config: t.Engine, Model: t.Model, Tokenizer: t.Tokenizer, KVEvents: "zmq"}, t.Profiles
	t.EngineProvider = func(i int) part.Provider {
		s := simulated
		if profiles != nil {
			s.Profile = profiles(i)
		}
		return s
	}
}

// only is an environment of one variable.
func only(name, value string) func(string) (string, bool) {
	return func(asked string) (string, bool) {
		if asked != name {
			return "", false
		}
		return value, true
	}
}

// topology is the bed with the mode's router in front of it.
func (m Mode) topology(bed fixtures.Topology) (fixtures.Topology, error) {
	router, rule := m.split()
	if !slices.Contains([]string{"", reference, dynamo, vllmRouter, sglangRouter}, router) {
		return bed, fmt.Errorf("no router %q; want reference, dynamo, vllm-router or sglang-router, a colon and a rule, or a rule alone", router)
	}
	if rule != "" && !slices.Contains(rules(router), rule) {
		return bed, fmt.Errorf("no rule %q; %s has %s", rule, cmp.Or(router, "a router"), strings.Join(rules(router), ", "))
	}
	if m == "" {
		return bed, errors.New("empty")
	}
	t := bed
	t.Frontend = nil
	if place := m.Place(); place != "" {
		if _, err := fixtures.FromEnv(fixtures.Topology{}, only("DYNBENCH_ENGINE", place)); err != nil {
			return bed, err
		}
		t.EngineKind, t.EngineProvider = place, nil
	}
	switch router {
	case "":
		t.FrontendKind = bed.FrontendKind
		t.Router = fixtures.Mode(rule)
	case reference:
		t.FrontendKind, t.Router = "embedded", fixtures.Mode(rule)
	case dynamo:
		t.FrontendKind, t.Router = "process:"+dynamo, fixtures.Mode(rule)
	case vllmRouter, sglangRouter:
		if rule == "" {
			rule = "cache_aware"
		}
		t.FrontendKind, t.Router = "process:"+router, fixtures.Mode(rule)
		tellByZMQ(&t)
	}
	return t, nil
}

// keeps says that a mode's stack stays up over its runs: one whose engines load a
// model, which takes longer than most runs. On GPUs two stacks have no room.
func (p PrefixRatio) keeps(m Mode) bool {
	return !p.Restart && p.loads(m) && launch.GPUs() == 0
}

// loads says that a mode's engines load a model.
func (p PrefixRatio) loads(m Mode) bool {
	kind, isProcess := strings.CutPrefix(cmp.Or(m.Place(), p.Bed.EngineKind), "process:")
	name, _, _ := strings.Cut(kind, ":")
	all := []string{"vllm", "dynamo-vllm", "sglang", "dynamo-sglang", "trtllm", "transformers", "llamacpp"}
	return isProcess && slices.Contains(all, name)
}
