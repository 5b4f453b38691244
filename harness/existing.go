package harness

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/dynbench/dynbench/harness/result"
)

// ErrExists is result.ErrExists: the folder holds the data of another run, and
// the sweep does not say what to do about it.
var ErrExists = result.ErrExists

// resultDir is the folder of a benchmark, absolute, so that nothing depends on
// the working directory.
func (s Sweep) resultDir(dir string) string {
	path := filepath.Join(dir, cmp.Or(s.folder, s.Name))
	if s.Flat {
		path = dir
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// look finds what lies in the run's folder and refuses what must not be mixed.
// It writes nothing: take does, when the target has answered.
func (m *measurement) look() error {
	m.todo = m.sweep.tasks()
	m.take = func() error { return nil }
	data, err := result.Existing(m.dir)
	if err != nil {
		return err
	}
	if err := writable(m.dir); err != nil {
		return err
	}
	if !data.Any() {
		return nil
	}
	switch m.sweep.Existing {
	case Resume:
		if !data.Run {
			m.take = m.afresh
			return nil
		}
		return m.resumable()
	case Overwrite:
		m.take = m.overwrite
		return nil
	}
	return fmt.Errorf("%s %w: --resume finishes that run, --overwrite moves the levels that are planned aside, "+
		"--fresh and no flag want an empty folder", m.dir, ErrExists)
}

// resumable reads the run that lies there. One of another configuration is
// refused; of one that is whole nothing is left to do.
func (m *measurement) resumable() error {
	old, err := result.Load(m.dir)
	if errors.Is(err, result.ErrEmpty) { // killed before its first level
		m.take = m.afresh
		return nil
	}
	if err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	if err := m.sameLayout(old); err != nil {
		return err
	}
	keep, err := result.Resumable(old, m.fingerprint())
	if err != nil {
		return err
	}
	m.take = m.resume
	whole := old.State == result.Complete
	for _, t := range m.todo {
		whole = whole && keep[t.dir]
	}
	if whole {
		old.Set = m.sweep.Metrics
		m.run, m.whole = old, true
	}
	return nil
}

// sameLayout refuses a run whose level lies beside run.json for a sweep that has
// another level, or several: the folder holds one.
func (m *measurement) sameLayout(old *result.Run) error {
	for i := range old.Levels {
		l := &old.Levels[i]
		if alone := l.Dir == result.FlatDir; alone != m.sweep.alone() || alone && l.Name != m.todo[0].level.Name {
			return fmt.Errorf("resume %s: level %s does not belong to this plan in one folder: %w", old.Name, l.Label(), result.ErrForeign)
		}
	}
	return nil
}

// afresh moves all results aside: there is nothing in them to go on from.
func (m *measurement) afresh() error {
	_, err := result.MoveOld(m.dir, time.Now())
	return err
}

// resume takes up the run that lies there: its salt and seed, its whole levels.
func (m *measurement) resume() error {
	if _, err := result.Finish(m.dir); err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	old, err := result.Load(m.dir)
	if err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	keep, err := result.Resumable(old, m.fingerprint())
	if err != nil {
		return err
	}
	var todo []task
	var redo []string
	for _, t := range m.todo {
		if !keep[t.dir] {
			todo = append(todo, t)
			redo = append(redo, filepath.FromSlash(t.dir))
		}
	}
	m.todo, m.run = todo, old
	m.run.Set = m.sweep.Metrics
	m.sweep.Seed, m.sweep.Salt = old.Seed, old.Salt
	return m.setAside(redo)
}

// setAside moves folders into .old-<time> and forgets their levels.
func (m *measurement) setAside(dirs []string) error {
	if len(dirs) == 0 {
		return nil
	}
	if _, err := result.MoveOld(m.dir, time.Now(), dirs...); err != nil {
		return err
	}
	var kept []result.Level
	for _, l := range m.run.Levels {
		if !slices.Contains(dirs, filepath.FromSlash(l.Dir)) {
			kept = append(kept, l)
		}
	}
	m.run.Levels = kept
	return nil
}

// overwrite moves the levels that are planned aside and keeps the others of the
// same configuration; of another one everything moves: levels of two never
// share a folder, and a level that lies beside run.json takes all with it. The
// prompts are new, the old ones may be in a cache.
func (m *measurement) overwrite() error {
	old, err := result.Load(m.dir)
	if err != nil || old.Schema == "" || old.Fingerprint != m.fingerprint() || m.sweep.alone() || m.sameLayout(old) != nil {
		_, err := result.MoveOld(m.dir, time.Now())
		return err
	}
	m.run = old
	var dirs []string
	for _, t := range m.todo {
		dirs = append(dirs, filepath.FromSlash(t.dir))
	}
	if err := m.setAside(dirs); err != nil {
		return err
	}
	m.kept, m.run = m.run.Levels, nil
	return nil
}
