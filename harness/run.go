package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/dynbench/dynbench/harness/client"
	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/load/wall"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/sla"
	"github.com/dynbench/dynbench/harness/target"
)

// ErrTarget marks a target that did not answer, or not as it must; nothing was
// written.
var ErrTarget = errors.New("target not usable")

// Run measures sys and keeps everything below dir/<s.Name>. The levels go one
// after the other; each one's files are written as soon as it ends. It returns
// what was measured so far also when it returns an error. When ctx ends, the
// level that runs is kept as partial and the run's state is Interrupted, with a
// nil error. A run in which levels failed has the state Failed, with a nil
// error too: the caller judges.
func (s Sweep) Run(ctx context.Context, sys System, dir string) (*result.Run, error) {
	s = s.withDefaults()
	if err := s.validate(); err != nil {
		return nil, err
	}
	s.Name, _ = CheckName(s.Name)
	m := &measurement{sweep: s, sys: sys, target: sys.Target(), clock: record.NewClock(), dir: s.resultDir(dir)}
	if err := m.prepare(ctx); err != nil {
		return nil, err
	}
	if m.whole {
		return m.run, nil
	}
	if err := m.open(); err != nil {
		return nil, err
	}
	return m.run, m.levels(ctx)
}

// measurement is one call of Sweep.Run.
type measurement struct {
	sweep  Sweep
	sys    System
	target target.Target
	clock  record.Clock
	dir    string
	client *client.Client
	probe  client.Probe
	run    *result.Run    // nil until it is opened, unless an old one is taken up
	kept   []result.Level // of an old run, beside those that are measured anew
	todo   []task
	take   func() error // makes room for the run among what lies in its folder
	whole  bool         // the run lies there, and nothing is left to do

	silent map[string]string // pages of metrics that did not answer, and why
}

// task is one level in one repeat.
type task struct {
	index  int // of the level in the sweep
	level  load.Level
	repeat int
	dir    string // of its files, from the run's folder; result.FlatDir: that folder
}

// label is what a reader calls the task.
func (t task) label() string {
	if t.dir == result.FlatDir {
		return t.level.Name
	}
	return t.dir
}

// alone says that the run's folder is that of its only level too.
func (s Sweep) alone() bool { return s.Flat && len(s.Levels) == 1 && s.Repeats == 1 }

// levelDir is where the files of a level go, below the run's folder.
func (s Sweep) levelDir(l load.Level, repeat int) string {
	switch {
	case s.alone():
		return result.FlatDir
	case s.Repeats == 1:
		return l.Name
	}
	return fmt.Sprintf("%s/rep-%d", l.Name, repeat+1)
}

func (s Sweep) tasks() []task {
	var all []task
	for repeat := range s.Repeats {
		for i, l := range s.Levels {
			all = append(all, task{i, l, repeat, s.levelDir(l, repeat)})
		}
	}
	return all
}

// runner is the system's own, or that of real time, which tells of each send.
func (m *measurement) runner(sent func()) load.Runner {
	if own, ok := m.sys.(interface{ Runner() load.Runner }); ok {
		return own.Runner()
	}
	return wall.Runner{Client: m.client, Sent: sent}
}

// open makes the run's folder and run.json, or takes up those that are there.
func (m *measurement) open() error {
	if m.run == nil {
		m.run = m.describe()
		m.run.Levels = m.kept
	}
	m.run.State, m.run.Reason = result.Running, ""
	if err := os.MkdirAll(m.dir, 0o755); err != nil {
		return fmt.Errorf("result folder: %w", err)
	}
	return result.WriteRun(m.dir, m.run)
}

// levels runs what is to be done and writes the run's end.
func (m *measurement) levels(ctx context.Context) error {
	var failure error
	failedInARow := 0
	for i, t := range m.todo {
		if i > 0 && !rest(ctx, m.sweep.Cooldown) {
			break
		}
		if failedInARow >= 2 {
			m.skip(t, "the two levels before it failed")
			continue
		}
		l, err := m.level(ctx, t)
		if err != nil {
			failure = err
			break
		}
		if ctx.Err() != nil {
			break
		}
		failedInARow++
		if l.State.Whole() {
			failedInARow = 0
		} else if m.sweep.StopOnError {
			break
		}
	}
	return m.finish(ctx, failure)
}

// finish writes the state of the run.
func (m *measurement) finish(ctx context.Context, failure error) error {
	m.run.Ended = time.Now()
	m.run.State, m.run.Reason = result.Complete, ""
	for _, l := range m.run.Levels {
		if !l.State.Whole() {
			m.run.State, m.run.Reason = result.Failed, fmt.Sprintf("level %s: %s: %s", l.Name, l.State, l.Reason)
			break
		}
	}
	if len(m.run.Levels) < len(m.sweep.tasks()) {
		m.run.State = result.Failed
		if m.run.Reason == "" {
			m.run.Reason = "not all levels were run"
		}
	}
	switch {
	case failure != nil:
		m.run.State, m.run.Reason = result.Failed, failure.Error()
	case ctx.Err() != nil:
		m.run.State, m.run.Reason = result.Interrupted, context.Cause(ctx).Error()
	}
	m.run.Warnings = m.warnings()
	if len(m.sweep.Goals) > 0 {
		m.run.Assertions = sla.Check(m.run, m.sweep.Goals...)
	}
	return errors.Join(failure, result.WriteRun(m.dir, m.run))
}

// skip notes a level that was not tried.
func (m *measurement) skip(t task, reason string) {
	m.sweep.Log.Warn("level skipped", "level", t.level.Name, "reason", reason)
	l := m.newLevel(t)
	l.State, l.Reason = result.LevelSkipped, reason
	m.run.Levels = append(m.run.Levels, *l)
}

// rest waits for the cooldown; false: ctx ended first.
func rest(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// failed says whether a part of the target died.
func (m *measurement) failed() error {
	if m.target.Failed == nil {
		return nil
	}
	return m.target.Failed()
}
