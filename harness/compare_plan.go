package harness

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/report"
	"github.com/dynbench/dynbench/harness/result"
)

// room is dir, absolute.
func (c Comparing) room(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("comparison folder: %w", err)
	}
	return abs, nil
}

func (c Comparing) withDefaults(dir string) Comparing {
	c.Name = cmp.Or(c.Name, filepath.Base(dir))
	c.Pairs = cmp.Or(c.Pairs, DefaultPairs)
	c.Seed = cmp.Or(c.Seed, 1)
	c.Salt = cmp.Or(c.Salt, rand.Text())
	c.Tool.Name = cmp.Or(c.Tool.Name, "dynbench")
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if len(c.Metrics) == 0 {
		c.Metrics = DefaultCompared()
	}
	c.Metrics = slices.Clone(c.Metrics)
	for i, name := range c.Metrics {
		if m, ok := c.metric(name); ok {
			c.Metrics[i] = m.Def().Key
		}
	}
	return c
}

// metric finds a metric in the sets of the arms, or among the standard ones.
func (c Comparing) metric(name string) (metric.Metric, bool) {
	for _, a := range c.Arms {
		if m, ok := a.Sweep.Metrics.Find(name); ok {
			return m, true
		}
	}
	return metric.Standard().Find(name)
}

// levelLike are names that readers would take for folders of levels.
var levelLike = regexp.MustCompile(`^(?:c|concurrency_?)[0-9]+$`)

// validate names everything that is wrong, before anything is brought up.
func (c Comparing) validate() error {
	var errs []error
	if len(c.Arms) < 2 {
		errs = append(errs, fmt.Errorf("%d arms: want two at least", len(c.Arms)))
	}
	if c.Pairs < 1 {
		errs = append(errs, fmt.Errorf("%d pairs: want one at least", c.Pairs))
	}
	if c.Existing == Resume {
		errs = append(errs, errors.New("a comparison cannot be resumed"))
	}
	seen := map[string]bool{}
	for _, a := range c.Arms {
		errs = append(errs, a.validate())
		if name := strings.ToLower(a.Name); seen[name] {
			errs = append(errs, fmt.Errorf("arm %q: there are two of that name", a.Name))
		} else {
			seen[name] = true
		}
	}
	for _, name := range c.Metrics {
		if _, ok := c.metric(name); !ok {
			errs = append(errs, fmt.Errorf("metric %q: no arm has it", name))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%w: comparison %s: %w", ErrUsage, c.Name, err)
	}
	return nil
}

func (a Arm) validate() error {
	name, err := CheckName(a.Name)
	switch {
	case err != nil:
		return fmt.Errorf("arm: %w", err)
	case name != a.Name || levelLike.MatchString(a.Name):
		return fmt.Errorf("arm %q: cannot be the name of its folder", a.Name)
	case a.Up == nil:
		return fmt.Errorf("arm %s: no Up to bring it up", a.Name)
	}
	s := a.Sweep
	s.Name = a.Name
	if err := s.withDefaults().validate(); err != nil {
		return fmt.Errorf("arm %s: %w", a.Name, err)
	}
	return nil
}

// clear makes the folder and sees to what lies in it.
func (c Comparing) clear(dir string) error {
	data, err := result.Existing(dir)
	if err != nil {
		return err
	}
	_, err = os.Lstat(filepath.Join(dir, result.ComparisonFile))
	if err == nil || data.Any() {
		if c.Existing != Overwrite {
			return fmt.Errorf("%s %w: --overwrite moves them aside", dir, ErrExists)
		}
		if _, err := result.MoveOld(dir, time.Now(), c.old(dir)...); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("comparison folder: %w", err)
	}
	return writable(dir)
}

// old are the entries of dir that a comparison there, or this one, has.
func (c Comparing) old(dir string) []string {
	names := append(report.ComparisonFiles(dir), result.ComparisonFile)
	if old, err := result.ReadComparison(dir); err == nil {
		for _, a := range old.Arms {
			names = append(names, a.Name)
		}
	}
	for _, a := range c.Arms {
		names = append(names, a.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// describe is the comparison as it stands before its first pair.
func (c Comparing) describe() *result.Comparison {
	out := &result.Comparison{
		Name: c.Name, State: result.ComparisonRunning, Tool: c.Tool, Command: c.Command, Started: time.Now(),
		Machine: result.ThisMachine(), Seed: c.Seed, Salt: c.Salt, Planned: c.Pairs, Metrics: c.Metrics,
	}
	for _, a := range c.Arms {
		out.Arms = append(out.Arms, result.ComparisonArm{Name: a.Name})
	}
	return out
}
