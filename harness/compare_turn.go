package harness

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/dynbench/dynbench/harness/result"
)

// standing is an arm that is up.
type standing struct {
	sys  System
	down func(context.Context) error
}

// downLimit bounds the taking down of an arm, which goes on when the comparison
// is cancelled.
const downLimit = 2 * time.Minute

// turn is one run of one arm: up, the checks before, the sweep, the checks after,
// down. The run is nil where nothing was measured; the error is why it is not good.
func (k *comparison) turn(ctx context.Context, a Arm, p result.ComparisonPair) (result.ComparisonRun, *result.Run, error) {
	r := result.ComparisonRun{Arm: a.Name, Started: time.Now()}
	run, err := k.measure(ctx, a, p, &r)
	if err == nil {
		err = incomparable(run)
	}
	if run != nil {
		r.Dir, r.RunID = fmt.Sprintf("%s/rep-%d", a.Name, p.Number), run.RunID
		r.Sent, r.Inputs = asked(run)
	}
	if !a.Keep || err != nil {
		k.down(ctx, a.Name)
	}
	if r.Good = err == nil; !r.Good {
		r.Reason = err.Error()
	}
	r.Ended = time.Now()
	return r, run, err
}

func (k *comparison) measure(ctx context.Context, a Arm, p result.ComparisonPair, r *result.ComparisonRun) (*result.Run, error) {
	s, err := k.bring(ctx, a, r)
	if err != nil {
		return nil, err
	}
	for _, c := range k.Checks {
		if c.Before == nil {
			continue
		}
		if err := c.Before(ctx, a.Name, s.sys); err != nil {
			return nil, fmt.Errorf("check %s: %w", c.Name, err)
		}
	}
	run, err := k.sweep(a, p).Run(ctx, s.sys, filepath.Join(k.dir, a.Name))
	if run == nil || err != nil || ctx.Err() != nil {
		return run, err
	}
	return run, k.after(ctx, a, s, run)
}

// bring returns the arm up.
func (k *comparison) bring(ctx context.Context, a Arm, r *result.ComparisonRun) (*standing, error) {
	if s := k.up[a.Name]; s != nil {
		return s, nil
	}
	began := time.Now()
	sys, down, err := a.Up(ctx)
	if err == nil && (sys == nil || down == nil) {
		err = errors.New("its Up returned neither a system nor an error")
	}
	if err != nil {
		return nil, fmt.Errorf("bring up %s: %w", a.Name, err)
	}
	r.UpS = time.Since(began).Seconds()
	k.up[a.Name] = &standing{sys, down}
	return k.up[a.Name], nil
}

// down takes the arm down if it is up, also when ctx has ended.
func (k *comparison) down(ctx context.Context, name string) {
	s := k.up[name]
	if s == nil {
		return
	}
	delete(k.up, name)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), downLimit)
	defer cancel()
	if err := s.down(ctx); err != nil {
		k.notes = append(k.notes, fmt.Sprintf("%s was not taken down in order: %v", name, err))
		k.Log.Warn("arm not taken down in order", "arm", name, "err", err)
	}
}

// sweep is the arm's in this pair.
func (k *comparison) sweep(a Arm, p result.ComparisonPair) Sweep {
	s := a.Sweep
	s.Name, s.folder, s.prefix = a.Name, fmt.Sprintf("rep-%d", p.Number), fmt.Sprintf("%s #%d ", a.Name, p.Number)
	s.Seed, s.Salt, s.Existing, s.Flat = p.Seed, p.Salt, Refuse, false
	if s.Progress == nil {
		s.Progress = k.Progress
	}
	if s.Log == nil {
		s.Log = k.Log
	}
	if s.Command == "" {
		s.Command = k.Command
	}
	if s.Tool.Name == "" {
		s.Tool = k.Tool
	}
	return s
}

// after runs the checks on a run that has ended, all of them, and writes what
// they added to it.
func (k *comparison) after(ctx context.Context, a Arm, s *standing, run *result.Run) error {
	var errs []error
	asked := false
	for _, c := range k.Checks {
		if c.After == nil {
			continue
		}
		asked = true
		if err := c.After(ctx, a.Name, s.sys, run); err != nil {
			errs = append(errs, fmt.Errorf("check %s: %w", c.Name, err))
		}
	}
	if asked {
		errs = append(errs, result.WriteRun(run.Dir, run))
	}
	return errors.Join(errs...)
}

// incomparable says why a run that ended without an error does not count.
func incomparable(run *result.Run) error {
	if run.State == result.Complete {
		return nil
	}
	return fmt.Errorf("run %s: %s", run.State, run.Reason)
}

// asked is the number of requests that a run sent and the hash of their bodies; ""
// where they were not kept.
func asked(run *result.Run) (sent int, sum string) {
	h := sha256.New()
	for i := range run.Levels {
		l := &run.Levels[i]
		sent += l.Window.Sent + l.Window.Warmup
		f, err := os.Open(filepath.Join(run.Dir, filepath.FromSlash(l.Dir), result.InputsFile))
		if err != nil {
			return sent, ""
		}
		_, err = io.Copy(h, f)
		f.Close()
		if err != nil {
			return sent, ""
		}
	}
	return sent, hex.EncodeToString(h.Sum(nil))
}
