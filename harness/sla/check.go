package sla

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
)

// MaxErrorRate is the error rate that levels with a goal on what successful
// requests did, and none on errors, must keep: latencies of the survivors alone
// say nothing.
const MaxErrorRate metric.Ratio = 0.01

// Check decides every goal at every level that it covers, in the order of the
// goals and of the levels. A goal that covers no level of the run has a row
// without data. No status is Inconclusive: such rows are decided by their point
// estimate and say so in their note.
func Check(run *result.Run, goals ...Goal) result.Verdict {
	var v result.Verdict
	if run == nil {
		run = &result.Run{}
	}
	for _, g := range withErrors(run, goals) {
		v.Rows = append(v.Rows, check(run, g)...)
	}
	return v
}

func check(run *result.Run, g Goal) []result.Row {
	var rows []result.Row
	for i := range run.Levels {
		if l := &run.Levels[i]; g.Covers(l.Name) {
			row := judge(g, l)
			row.Note = join(row.Note, g.note(), bestNote(run, g, row))
			rows = append(rows, row)
		}
	}
	for _, name := range g.missing(run) {
		row := g.row()
		row.Level, row.Note = name, "the run has "+levelNames(run)
		rows = append(rows, row)
	}
	return rows
}

func (g Goal) note() string {
	if g.added {
		return "added: a goal on latency needs one on errors"
	}
	return ""
}

// missing names the levels that g asks for and the run does not have.
func (g Goal) missing(run *result.Run) []string {
	names := map[string]bool{}
	covered := false
	for _, l := range run.Levels {
		names[l.Name] = true
		covered = covered || g.Covers(l.Name)
	}
	switch {
	case g.from != "" && !covered:
		return []string{g.from + "+"}
	case g.from != "":
		return nil
	case g.at != nil:
		return slices.DeleteFunc(slices.Clone(g.at), func(n string) bool { return names[n] })
	case !covered:
		return []string{""}
	}
	return nil
}

func levelNames(run *result.Run) string {
	var names []string
	for _, l := range run.Levels {
		if !slices.Contains(names, l.Name) {
			names = append(names, l.Name)
		}
	}
	if len(names) == 0 {
		return "no level"
	}
	return "the levels " + strings.Join(names, ", ")
}

// withErrors adds the goal on errors to the levels that have a goal on single
// requests and none on errors.
func withErrors(run *result.Run, goals []Goal) []Goal {
	var bare []string
	for _, l := range run.Levels {
		judged, guarded := false, false
		for _, g := range goals {
			judged = judged || g.ofRequests() && g.Covers(l.Name)
			guarded = guarded || g.ofErrors() && g.Covers(l.Name)
		}
		if judged && !guarded && !slices.Contains(bare, l.Name) {
			bare = append(bare, l.Name)
		}
	}
	if bare == nil {
		return goals
	}
	g := Of(metric.ErrorRate).AtMost(MaxErrorRate).At(bare...)
	g.added = true
	return append(slices.Clone(goals), g)
}

func (g Goal) ofRequests() bool {
	return g.def.Kind != metric.LevelKind && (g.def.Duration() || g.def.Direction != metric.Neutral)
}

func (g Goal) ofErrors() bool {
	return g.def.Key == metric.ErrorRate.Def().Key || g.def.Key == metric.ErrorCount.Def().Key
}

// bestNote tells of a failed row how near any level of the run came.
func bestNote(run *result.Run, g Goal, failed result.Row) string {
	if failed.Status != result.Fail || len(run.Levels) < 2 {
		return ""
	}
	best := failed
	for i := range run.Levels {
		row := judge(g, &run.Levels[i])
		if row.Status == result.NoData {
			continue
		}
		if g.op == atMost && row.Value < best.Value || g.op == atLeast && row.Value > best.Value {
			best = row
		}
	}
	if best.Dir == failed.Dir && best.Level == failed.Level {
		return ""
	}
	return fmt.Sprintf("best %s at %s (n=%d)", shown(best.Value, best.Unit), place(best), best.N)
}

func join(notes ...string) string {
	return strings.Join(slices.DeleteFunc(notes, func(s string) bool { return s == "" }), "; ")
}
