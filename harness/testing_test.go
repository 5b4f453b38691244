package harness_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures/engine"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/report"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/sla"
	"github.com/dynbench/dynbench/harness/target"
)

// probeT is a test that may fail without failing the one around it.
type probeT struct {
	t        *testing.T
	dir      string
	deadline time.Time
	cleanups []func()
	attrs    map[string]string
	logs     []string
	errors   []string
	fatal    string
}

// stopped is what Fatalf unwinds with.
type stopped struct{}

func (p *probeT) Helper()                     {}
func (p *probeT) Name() string                { return "TestProbe/part one" }
func (p *probeT) Context() context.Context    { return p.t.Context() }
func (p *probeT) Cleanup(f func())            { p.cleanups = append(p.cleanups, f) }
func (p *probeT) Failed() bool                { return len(p.errors) > 0 }
func (p *probeT) ArtifactDir() string         { return p.dir }
func (p *probeT) Attr(key, value string)      { p.attrs[key] = value }
func (p *probeT) Deadline() (time.Time, bool) { return p.deadline, !p.deadline.IsZero() }
func (p *probeT) Logf(f string, a ...any)     { p.logs = append(p.logs, fmt.Sprintf(f, a...)) }
func (p *probeT) Errorf(f string, a ...any)   { p.errors = append(p.errors, fmt.Sprintf(f, a...)) }
func (p *probeT) Fatalf(f string, a ...any) {
	p.fatal = fmt.Sprintf(f, a...)
	panic(stopped{})
}

// within runs body as a test of its own and returns it when it is over.
func within(t *testing.T, p *probeT, body func(*probeT)) *probeT {
	t.Helper()
	p.t, p.dir, p.attrs = t, t.TempDir(), map[string]string{}
	func() {
		defer func() {
			if r := recover(); r != nil {
				require.IsType(t, stopped{}, r)
			}
		}()
		body(p)
	}()
	for i := len(p.cleanups) - 1; i >= 0; i-- {
		p.cleanups[i]()
	}
	return p
}

func TestRunInATestKeepsItsArtifacts(t *testing.T) {
	tgt, _ := serve(t, engine.Faults{})
	p := within(t, &probeT{}, func(p *probeT) {
		s := small(1, 2)
		s.Name = ""
		run := harness.Run(p, tgt, s)
		require.Equal(t, "Probe-part-one", run.Name)
		sla.Require(p, run, sla.P50(metric.TTFT).AtMost(time.Minute))
	})
	require.Empty(t, p.errors)
	require.FileExists(t, filepath.Join(p.dir, "Probe-part-one", result.RunFile))
	require.FileExists(t, filepath.Join(p.dir, harness.PlotsDir, report.SummaryText))
	require.NotEmpty(t, p.attrs["dynbench.run"])
	text, err := os.ReadFile(filepath.Join(p.dir, harness.PlotsDir, report.SummaryText))
	require.NoError(t, err)
	require.Contains(t, string(text), "Verdict: pass")
	require.Contains(t, strings.Join(p.logs, "\n"), "P50 time_to_first_token")
}

func TestAGoalThatCannotHoldFailsWithTheBestValue(t *testing.T) {
	tgt, _ := serve(t, engine.Faults{})
	p := within(t, &probeT{}, func(p *probeT) {
		run := harness.Run(p, tgt, small(1, 2))
		sla.Require(p, run, sla.P50(metric.TTFT).AtMost(time.Nanosecond))
	})
	require.Len(t, p.errors, 2)
	require.Regexp(t, `P50 time_to_first_token <= .* at c[12]: .* ms .*n=10 fail; best .* ms at c[12] \(n=10\)`, strings.Join(p.errors, "\n"))
	problems, err := result.Validate(filepath.Join(p.dir, "b"))
	require.NoError(t, err)
	require.Empty(t, problems)
}

func TestADeadlineStopsTheRunAndNamesTheTimeout(t *testing.T) {
	tgt, _ := serve(t, engine.Faults{})
	p := within(t, &probeT{deadline: time.Now().Add(3 * time.Second)}, func(p *probeT) {
		s := small(1, 4)
		s.Measure.Requests = 1_000_000
		harness.Run(p, tgt, s)
	})
	require.Len(t, p.errors, 1)
	require.Contains(t, p.errors[0], "-timeout")
	run, err := result.Load(filepath.Join(p.dir, "b"))
	require.NoError(t, err)
	require.Equal(t, result.Interrupted, run.State)
	require.Equal(t, result.LevelPartial, run.Levels[0].State)
	require.Positive(t, run.Levels[0].Requests)
}

func TestADeadTargetIsFatal(t *testing.T) {
	p := within(t, &probeT{}, func(p *probeT) {
		s := small(1)
		s.ReadyTimeout = 100 * time.Millisecond
		harness.Run(p, target.Target{URL: "http://127.0.0.1:1", Model: "m"}, s)
	})
	require.Contains(t, p.fatal, "connection refused")
}

func TestOutputDirTakesTheTree(t *testing.T) {
	tgt, _ := serve(t, engine.Faults{})
	out := t.TempDir()
	t.Setenv(harness.OutputDirEnv, out)
	p := within(t, &probeT{}, func(p *probeT) { harness.Run(p, tgt, small(1)) })
	require.Empty(t, p.errors)
	require.FileExists(t, filepath.Join(out, "b", "c1", result.ExportFile))
	require.FileExists(t, filepath.Join(p.dir, report.SummaryText))
	require.FileExists(t, filepath.Join(p.dir, result.RunFile))
	require.NoFileExists(t, filepath.Join(p.dir, "b", result.RunFile))
}
