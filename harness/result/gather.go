package result

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
)

// Gather is a record sink that makes a Level of what it is given: figures,
// outcomes, failures by kind, who counted and who stamped. A running level and
// one that is rebuilt from its file go through the same one.
type Gather struct {
	acc      *metric.Acc
	failures map[ErrorGroup]ErrorGroup // keys: no Count, Message without ids
	inputs   [record.Chunks + 1]int
	outputs  [record.Chunks + 1]int
	stamps   [record.Kernel + 1]int
	measured int
	defects  int
	events   int
	shared   int // content events that shared a read with an earlier one
	first    int // first tokens that did
	renewed  int // requests that had to open a connection
}

// The bounds of error groups: messages may differ by more than their ids.
const (
	maxGroups       = 100
	maxGroupMessage = 512
)

// NewGather starts the figures of one level; limits are those of goodput.
func NewGather(set metric.Set, limits ...metric.Limit) *Gather {
	return &Gather{acc: set.Begin(limits...), failures: map[ErrorGroup]ErrorGroup{}}
}

// Put takes one record; those of the warm-up count nowhere.
func (g *Gather) Put(r record.Record) error {
	if r.Phase == record.Warmup {
		return nil
	}
	if err := g.acc.Put(r); err != nil {
		return err
	}
	g.measured++
	g.defects += r.Defects
	g.events += r.Events
	g.shared += r.Coalesced
	if r.OK() && r.FirstShared {
		g.first++
	}
	if r.Dialled > 0 {
		g.renewed++
	}
	if r.Outcome.Failed() {
		g.fail(&r)
	}
	if r.OK() && int(r.Stamp) < len(g.stamps) {
		g.stamps[r.Stamp]++
	}
	if r.OK() && int(r.InputSource) < len(g.inputs) && int(r.OutputSource) < len(g.outputs) {
		g.inputs[r.InputSource]++
		g.outputs[r.OutputSource]++
	}
	return nil
}

// fail counts a failure among those that say the same but for ids. The first
// message of a group stands for all.
func (g *Gather) fail(r *record.Record) {
	k := ErrorGroup{Type: r.Outcome.String()}
	example := ""
	if r.Error != nil {
		k.Code, k.Type = r.Error.Status, cmp.Or(r.Error.Type, k.Type)
		example = clip(r.Error.Message)
		k.Message = clip(anonymous(r.Error.Message))
	}
	group, known := g.failures[k]
	if !known && len(g.failures) >= maxGroups {
		k = ErrorGroup{Type: "other", Message: "further messages"}
		example = k.Message
		group, known = g.failures[k]
	}
	if !known {
		group = k
		group.Message = example
	}
	group.Count++
	g.failures[k] = group
}

// clip cuts a message to what is kept of it, at a whole character.
func clip(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), maxGroupMessage)], "")
}

// Stats are the figures so far, for live views and for rules that stop early.
func (g *Gather) Stats(f metric.Facts) metric.Values { return g.acc.Stats(f) }

// Totals are the sums so far.
func (g *Gather) Totals() metric.Totals { return g.acc.Totals() }

// Fill gives l all that the records tell, and f.Window. It leaves its name,
// times and state alone; Settle gives the state.
func (g *Gather) Fill(l *Level, f metric.Facts) {
	l.Window, l.Stats, l.Totals, l.Defects = f.Window, g.acc.Stats(f), g.acc.Totals(), g.defects
	l.Requests, l.Errors = g.measured, l.Totals.Failed
	l.EffectiveConcurrency, _ = l.Value(metric.EffectiveConcurrency.Def().Key)
	l.Outcomes = map[string]int{}
	for _, o := range record.Outcomes() {
		l.Outcomes[o.String()] = l.Totals.ByOutcome[o]
	}
	l.Failures = g.groups()
	d := &l.Detail
	d.Planned = f.Window.Planned
	d.InputSource = only(g.inputs[:], func(i int) string { return record.TokenSource(i).String() })
	d.TokenSource = only(g.outputs[:], func(i int) string { return record.TokenSource(i).String() })
	d.StampSource = only(g.stamps[:], func(i int) string { return record.Stamp(i).String() })
	d.OSLDeviation, _ = l.Value(metric.OSLDeviation.Def().Key)
	if l.Totals.WantedKnown > 0 {
		d.OSLTarget = float64(l.Totals.Wanted) / float64(l.Totals.WantedKnown)
	}
	g.client(l, f)
}

func (g *Gather) client(l *Level, f metric.Facts) {
	c := &l.Detail.Client
	c.WriterWaits, c.Renewed = f.Window.WriterWaits, g.renewed
	if g.events > 0 {
		c.Coalesced = float64(g.shared) / float64(g.events)
	}
	if l.Totals.OK > 0 {
		c.FirstShared = float64(g.first) / float64(l.Totals.OK)
	}
	lag := metric.SendLag.Def().Key
	c.MaxSendLag = l.Stats[lag].Max
	if q, ok := l.Quantile(lag, 99); ok {
		c.P99SendLag = q.Value
	}
}

func (g *Gather) groups() []ErrorGroup {
	out := make([]ErrorGroup, 0, len(g.failures))
	for _, group := range g.failures {
		out = append(out, group)
	}
	slices.SortFunc(out, func(a, b ErrorGroup) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Type, b.Type), cmp.Compare(a.Message, b.Message))
	})
	return out
}

// only names the one index that was counted; "mixed" for several, "" for none.
func only(counts []int, name func(int) string) string {
	out := ""
	for i, n := range counts {
		if n == 0 {
			continue
		}
		if out != "" {
			return "mixed"
		}
		out = name(i)
	}
	return out
}

// maxOSLDeviation is how far the mean output length may be off its target
// before a level no longer compares with others.
const maxOSLDeviation = 0.02

// Settle sets the state of a level that ended, from its figures: failed when
// none succeeded or more than maxErrorRate of the requests failed, partial when
// it was cut short, degraded with errors or an OSL off by more than 2 %, else
// ok. A failed or partial level gets a reason if it has none.
func (l *Level) Settle(maxErrorRate float64) {
	reason := ""
	switch ended := l.Totals.Ended(); {
	case !l.Window.Complete:
		l.State, reason = LevelPartial, cmp.Or(l.Window.Reason, "cut short")
	case l.Totals.OK == 0:
		l.State, reason = LevelFailed, l.noneSucceeded()
	case float64(l.Totals.Failed) > maxErrorRate*float64(ended):
		l.State = LevelFailed
		reason = percent(l.Totals.Failed, ended) + " of the requests failed, more than " + percentOf(maxErrorRate)
	case l.Totals.Failed > 0:
		l.State, reason = LevelDegraded, percent(l.Totals.Failed, ended)+" of the requests failed"
	case l.Detail.OSLDeviation > maxOSLDeviation || l.Detail.OSLDeviation < -maxOSLDeviation:
		l.State, reason = LevelDegraded, "mean OSL is off its target by "+percentOf(l.Detail.OSLDeviation)
	default:
		l.State = LevelOK
	}
	l.Reason = cmp.Or(l.Reason, reason)
}

// noneSucceeded is the reason of a level without a success, with the most frequent
// failure.
func (l *Level) noneSucceeded() string {
	const none = "no request succeeded"
	if len(l.Failures) == 0 {
		return none
	}
	most := slices.MaxFunc(l.Failures, func(a, b ErrorGroup) int { return cmp.Compare(a.Count, b.Count) })
	return none + ": " + most.String()
}

func percent(n, of int) string { return percentOf(float64(n) / float64(of)) }

func percentOf(share float64) string { return fmt.Sprintf("%.3g %%", 100*share) }
