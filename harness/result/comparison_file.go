package result

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/dynbench/dynbench/internal/atomicfile"
)

// WriteComparison writes comparison.json into dir, without secrets: the file is
// either the old or the new one, whole. It sets c.Schema and c.Dir.
func WriteComparison(dir string, c *Comparison) error {
	c.Schema, c.Dir = ComparisonSchema, dir
	out := c.redacted()
	b, err := marshal(&out)
	if err != nil {
		return fmt.Errorf("write comparison %s: %w", c.Name, err)
	}
	return atomicfile.Write(filepath.Join(dir, ComparisonFile), b)
}

// ReadComparison reads comparison.json of dir. A newer major of the schema is an
// error; a file that is not there is fs.ErrNotExist.
func ReadComparison(dir string) (*Comparison, error) {
	path := filepath.Join(dir, ComparisonFile)
	b, err := readBounded(path)
	if err != nil {
		return nil, fmt.Errorf("read comparison: %w", err)
	}
	c, err := parseComparison(b)
	if err != nil {
		return nil, fmt.Errorf("read comparison %s: %w", path, err)
	}
	c.Dir = dir
	return c, nil
}

func parseComparison(b []byte) (*Comparison, error) {
	var c Comparison
	if err := json.NewDecoder(bytes.NewReader(b)).Decode(&c); err != nil {
		return nil, err
	}
	if err := checkSchema(c.Schema, ComparisonSchema); err != nil {
		return nil, err
	}
	for _, r := range c.Rows {
		for _, f := range r.Arms {
			if len(f.Pairs) != len(f.Values) {
				return nil, fmt.Errorf("%s %s of %s at %s: %d values of %d pairs", r.Stat, r.Metric, f.Arm, r.Level, len(f.Values), len(f.Pairs))
			}
		}
	}
	for _, p := range c.Pairs {
		for _, r := range p.Runs {
			if r.Dir != "" && !filepath.IsLocal(filepath.FromSlash(r.Dir)) {
				return nil, fmt.Errorf("pair %d: folder %q of %s is not below the comparison's", p.Number, r.Dir, r.Arm)
			}
		}
	}
	return &c, nil
}

// redacted is a copy that may be written.
func (c *Comparison) redacted() Comparison {
	out := *c
	out.Command, out.Reason, out.Warnings = RedactText(c.Command), RedactText(c.Reason), redactAll(c.Warnings)
	out.Arms = slices.Clone(c.Arms)
	for i := range out.Arms {
		a := &out.Arms[i]
		a.Dropped, a.Target.URL = RedactText(a.Dropped), RedactText(a.Target.URL)
		a.Target.Parts = slices.Clone(a.Target.Parts)
		for j := range a.Target.Parts {
			a.Target.Parts[j].URL = RedactText(a.Target.Parts[j].URL)
		}
	}
	out.Pairs = slices.Clone(c.Pairs)
	for i := range out.Pairs {
		out.Pairs[i].Runs = slices.Clone(out.Pairs[i].Runs)
		for j := range out.Pairs[i].Runs {
			r := &out.Pairs[i].Runs[j]
			r.Reason = RedactText(r.Reason)
		}
	}
	if out.Pairs == nil {
		out.Pairs = []ComparisonPair{}
	}
	if out.Levels == nil {
		out.Levels = []ComparisonLevel{}
	}
	if out.Rows == nil {
		out.Rows = []ComparisonRow{}
	}
	return out
}
