package router

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/live"
)

// TB is what a router benchmark needs of a test; *testing.T is one.
type TB interface {
	harness.TB
	Skipf(format string, args ...any)
}

// Placed is p with its bed where the environment or the build tag places it (see
// fixtures.FromEnv), and the tokenizer that belongs to its engines. The router is
// each mode's own. What is missing there skips the test.
func Placed(t TB, p PrefixRatio) PrefixRatio {
	t.Helper()
	bed, err := fixtures.FromEnv(p.Bed, os.LookupEnv)
	if err != nil {
		fixtures.SkipMissing(t, "", err)
		return p
	}
	p.Bed = bed
	if bed.URL != "" {
		p.URLs, p.Modes, p.Bed = []string{bed.URL}, nil, fixtures.Topology{}
		p.Model = bed.Model
	}
	if p.Tokenizer == nil {
		if p.Tokenizer, err = Tokenizer("", p.Model, p.Bed); err != nil {
			t.Fatalf("tokenizer: %v", err)
		}
	}
	return p
}

// Run measures in a test: below its artifacts, or in $DYNBENCH_OUTPUT_DIR. A
// configuration that cannot be measured is fatal, a prerequisite that is missing
// skips the test, a failed measurement or check is an error. The table is logged.
func Run(t TB, p PrefixRatio) *Report {
	t.Helper()
	if p.Progress == nil {
		p.Progress = live.New(live.Config{Out: os.Stderr})
	}
	dir := harness.Artifacts(t)
	if out := os.Getenv(harness.OutputDirEnv); out != "" {
		dir = filepath.Join(out, filepath.FromSlash(t.Name()))
	}
	r, err := p.Run(t.Context(), filepath.Join(dir, "prefix_ratio"))
	var missing *fixtures.MissingError
	if errors.As(err, &missing) {
		fixtures.SkipMissing(t, "", err)
		return r
	}
	if r == nil {
		t.Fatalf("prefix ratios: %v", err)
		return nil
	}
	t.Attr("dynbench.results", r.Dir)
	var names []string
	for _, a := range r.Arms {
		names = append(names, a.Name)
		for _, c := range a.Checks {
			t.Logf("%s", c)
		}
	}
	t.Logf("\n%s", Table(names, r.Arms))
	if err != nil {
		t.Errorf("prefix ratios: %v; what was measured is in %s", err, r.Dir)
	}
	return r
}
