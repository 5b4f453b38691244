package harness

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dynbench/dynbench/harness/result"
)

// warnings say what a reader of the figures must know. They are made anew after
// each pair.
func (k *comparison) warnings() []string {
	var w []string
	for _, p := range k.out.Pairs {
		for _, r := range p.Runs {
			if !r.Good {
				w = append(w, fmt.Sprintf("pair %d: %s does not count: %s%s", p.Number, r.Arm, r.Reason, k.repeatedAs(p.Number)))
			}
		}
		w = append(w, askedAlike(p)...)
	}
	for _, a := range k.out.Arms {
		if a.Dropped != "" {
			w = append(w, fmt.Sprintf("%s was left out of the later pairs: %s", a.Name, a.Dropped))
		}
		if a.Good == 1 {
			w = append(w, a.Name+" has one good run: it has no interval")
		}
	}
	return slices.Concat(w, limitedRuns(k.out), unlike(k.out), k.notes)
}

func (k *comparison) repeatedAs(pair int) string {
	for _, p := range k.out.Pairs {
		if p.Repeat == pair {
			return fmt.Sprintf(" (repeated as pair %d)", p.Number)
		}
	}
	return ""
}

// askedAlike compares what the arms of a pair were asked, where they were asked the
// same number of times: bounded by time, the faster one is asked more.
func askedAlike(p result.ComparisonPair) (w []string) {
	var first *result.ComparisonRun
	for i := range p.Runs {
		r := &p.Runs[i]
		switch {
		case !r.Good || r.Inputs == "":
		case first == nil:
			first = r
		case r.Sent == first.Sent && r.Inputs != first.Inputs:
			w = append(w, fmt.Sprintf("pair %d: the requests of %s differ from those of %s, in prompts or in options", p.Number, r.Arm, first.Arm))
		}
	}
	return w
}

// limitedRuns are the levels that this client bounded.
func limitedRuns(c *result.Comparison) (w []string) {
	for _, l := range c.Levels {
		for _, a := range l.Arms {
			if a.ClientLimited > 0 {
				w = append(w, fmt.Sprintf("%s at %s: limited by this client, not by the target, in %d of %d runs", a.Arm, l.Name, a.ClientLimited, a.Runs))
			}
			if a.Rejected > 0 {
				w = append(w, fmt.Sprintf("%s at %s: %d of %d requests were rejected (429, 503); latencies are of the others", a.Arm, l.Name, a.Rejected, a.Requests))
			}
		}
	}
	return w
}

// unlike are differences between the arms that make their comparison one of more
// than what was meant to differ.
func unlike(c *result.Comparison) (w []string) {
	var base *result.ComparisonArm
	for i := range c.Arms {
		a := &c.Arms[i]
		switch {
		case a.Good == 0:
		case base == nil:
			base = a
		case a.Target.Model != base.Target.Model:
			w = append(w, fmt.Sprintf("%s serves %s, %s serves %s", base.Name, base.Target.Model, a.Name, a.Target.Model))
		case a.Workload.Kind != base.Workload.Kind || a.Workload.ISL != base.Workload.ISL || a.Workload.OSL != base.Workload.OSL:
			w = append(w, fmt.Sprintf("%s and %s were asked different workloads", base.Name, a.Name))
		case engines(a.Target) != engines(base.Target):
			w = append(w, fmt.Sprintf("%s has %d engines, %s has %d", base.Name, engines(base.Target), a.Name, engines(a.Target)))
		}
	}
	return w
}

// engines is the number of engines among the parts of a target, 0 where it has
// not told of any.
func engines(t result.TargetInfo) (n int) {
	for _, p := range t.Parts {
		if strings.HasPrefix(p.Name, "engine") {
			n++
		}
	}
	return n
}
