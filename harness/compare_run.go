package harness

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/dynbench/dynbench/harness/gate"
	"github.com/dynbench/dynbench/harness/report"
	"github.com/dynbench/dynbench/harness/result"
)

// Run makes the comparison and keeps everything below dir: the runs in
// dir/<arm>/rep-<pair>/, each a tree of its own, comparison.json, which is written
// anew after each pair, and at the end SUMMARY.txt and the plots. In a pair each
// arm runs once, in a random order, with the same prompts and arrivals; every
// pair has prompts that no other has.
//
// An arm that does not come up, or whose run fails, does not end the comparison:
// the pair is kept and counted, and repeated once with the base and the arms that
// failed. An arm that failed four times in a row, or once as Hopeless says, is left
// out of what follows; without the base, or with nothing but the base, that is
// nothing.
// When ctx ends, what was measured is kept and the state is ComparisonPartial,
// with a nil error. The comparison is returned also with an error, unless nothing
// was begun.
func (c Comparing) Run(ctx context.Context, dir string) (*result.Comparison, error) {
	dir, err := c.room(dir)
	if err != nil {
		return nil, err
	}
	c = c.withDefaults(dir)
	if err := c.validate(); err != nil {
		return nil, err
	}
	if err := c.clear(dir); err != nil {
		return nil, err
	}
	k := &comparison{Comparing: c, dir: dir, out: c.describe(), up: map[string]*standing{}, row: map[string]int{}, seen: map[string]int{}}
	if err := result.WriteComparison(dir, k.out); err != nil {
		return nil, err
	}
	return k.out, k.run(ctx)
}

// comparison is one call of Comparing.Run.
type comparison struct {
	Comparing
	dir string
	out *result.Comparison
	up  map[string]*standing // kept arms that are up, by name
	row map[string]int       // failures in a row of an arm
	// seen counts the levels that the mean of an observed figure stands on.
	seen map[string]int

	notes []string // warnings of things that are over
}

// mostInARow is how often an arm may fail in a row: two pairs and their repeats.
const mostInARow = 4

func (k *comparison) run(ctx context.Context) (err error) {
	for range k.Pairs {
		if ctx.Err() != nil || len(k.live()) < 2 || k.live()[0].Name != k.out.Base() {
			break
		}
		failed := k.pair(ctx, k.live(), 0)
		if err = k.write(); err != nil {
			break
		}
		if len(failed) > 0 && ctx.Err() == nil {
			k.pair(ctx, k.again(failed), k.out.Pairs[len(k.out.Pairs)-1].Number)
			if err = k.write(); err != nil {
				break
			}
		}
	}
	for name := range k.up {
		k.down(ctx, name)
	}
	k.end(ctx, err)
	err = errors.Join(err, k.write())
	_, reportErr := report.WriteComparison(k.dir, k.out, report.ComparisonOptions{NoPlot: k.NoPlot})
	return errors.Join(err, reportErr)
}

// live are the arms that are not left out.
func (k *comparison) live() []Arm {
	return slices.DeleteFunc(slices.Clone(k.Arms), func(a Arm) bool { return k.out.Arm(a.Name).Dropped != "" })
}

// again are the base and the arms that failed; all, where the base did.
func (k *comparison) again(failed []string) []Arm {
	if slices.Contains(failed, k.out.Base()) {
		return k.live()
	}
	return slices.DeleteFunc(k.live(), func(a Arm) bool {
		return a.Name != k.out.Base() && !slices.Contains(failed, a.Name)
	})
}

// pair runs each of the arms once and returns those that failed.
func (k *comparison) pair(ctx context.Context, arms []Arm, repeatOf int) (failed []string) {
	n := len(k.out.Pairs) + 1
	p := result.ComparisonPair{Number: n, Repeat: repeatOf, Seed: k.Seed + int64(n) - 1, Salt: fmt.Sprintf("%s/%d", k.Salt, n)}
	order := rand.New(rand.NewPCG(uint64(k.Seed), uint64(n))).Perm(len(arms))
	for _, i := range order {
		if ctx.Err() != nil {
			break
		}
		r, run, err := k.turn(ctx, arms[i], p)
		p.Runs = append(p.Runs, r)
		switch arm := k.out.Arm(r.Arm); {
		case r.Good:
			arm.Good, k.row[r.Arm] = arm.Good+1, 0
			k.add(arm, p.Number, run)
		case ctx.Err() == nil:
			arm.Failed++
			k.Log.Warn("an arm failed", "arm", r.Arm, "pair", n, "reason", r.Reason)
			if errors.As(err, new(hopeless)) {
				arm.Dropped = r.Reason
				continue
			}
			failed = append(failed, r.Arm)
			if k.row[r.Arm]++; k.row[r.Arm] >= mostInARow {
				arm.Dropped = fmt.Sprintf("failed %d times in a row, the last: %s", k.row[r.Arm], r.Reason)
			}
		}
	}
	k.out.Pairs = append(k.out.Pairs, p)
	return failed
}

// write brings the figures up to date and writes comparison.json.
func (k *comparison) write() error {
	gate.Settle(k.out)
	k.out.Warnings = k.warnings()
	return result.WriteComparison(k.dir, k.out)
}

// end sets the state of the whole.
func (k *comparison) end(ctx context.Context, err error) {
	k.out.Ended = time.Now()
	least := k.Pairs
	for _, a := range k.out.Arms {
		least = min(least, a.Good)
	}
	k.out.State, k.out.Reason = result.ComparisonComplete, ""
	switch {
	case err != nil:
		k.out.State, k.out.Reason = result.ComparisonPartial, err.Error()
	case ctx.Err() != nil:
		k.out.State, k.out.Reason = result.ComparisonPartial, context.Cause(ctx).Error()
	case !comparable(k.out):
		k.out.State, k.out.Reason = result.ComparisonFailed, "no pair has a good run of the base and of another arm"
	case least < k.Pairs:
		k.out.State, k.out.Reason = result.ComparisonPartial, fmt.Sprintf("%d of %d pairs are good in every arm", least, k.Pairs)
	}
}

// comparable says that one pair has a good run of the base and of another arm.
func comparable(c *result.Comparison) bool {
	for _, p := range c.Pairs {
		good := slices.DeleteFunc(slices.Clone(p.Runs), func(r result.ComparisonRun) bool { return !r.Good })
		if len(good) > 1 && slices.ContainsFunc(good, func(r result.ComparisonRun) bool { return r.Arm == c.Base() }) {
			return true
		}
	}
	return false
}
