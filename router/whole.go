package router

import (
	"fmt"
	"time"

	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/result"
)

// whole says that a level of a run has ended by its own rule, with answers.
func whole(run *result.Run, level string) bool {
	l := run.Level(level)
	return l != nil && l.State.Whole()
}

// vacant refuses a folder that holds results, before anything is brought up for
// it: summaries would mix what two sweeps measured.
func (p PrefixRatio) vacant(dir string) error {
	if p.Existing == harness.Overwrite {
		return nil
	}
	data, err := result.Existing(dir)
	if err != nil {
		return err
	}
	if data.Any() {
		return fmt.Errorf("%s %w: --overwrite moves them aside", dir, harness.ErrExists)
	}
	return nil
}

// setAside moves the summary that an earlier sweep left in dir, with its plot and
// its workers, to where its levels went, a folder .old-<time>. It is called when
// a run has taken their place: the summary would tell of levels that are gone.
func (p PrefixRatio) setAside(dir string) error {
	if p.Existing != harness.Overwrite {
		return nil
	}
	_, err := result.MoveOld(dir, time.Now(), SummaryFile, ParticipationFile, ArmPlot)
	return err
}

// notWhole is the error of a run that did not come to its end.
func notWhole(name string, run *result.Run) error {
	return fmt.Errorf("%w: %s: %s: %s", ErrRun, name, run.State, run.Reason)
}

// shortPrefix says that no prefix fills a block of the KV cache, so that no router
// can find one; "" if it is not so or not known.
func (p PrefixRatio) shortPrefix() string {
	longest := 0
	for _, pt := range p.points() {
		longest = max(longest, pt.workload.PrefixTokens())
	}
	if longest == 0 || longest >= p.BlockSize {
		return ""
	}
	return fmt.Sprintf("the longest prefix, %d tokens, fills no KV block of %d, so that none can be found: ask longer prompts or set smaller blocks", longest, p.BlockSize)
}
