package router

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/fixtures/etcd"
	"github.com/dynbench/dynbench/fixtures/part"
	"github.com/dynbench/dynbench/harness"
)

// without hides what real parts are installed on this machine.
func without(t *testing.T) {
	for _, name := range []string{"ROUTERS", "DYNAMO", "VLLM"} {
		t.Setenv("DYNBENCH_"+name+"_ENV", "")
	}
	t.Setenv("PATH", "")
	t.Chdir(t.TempDir()) // no module above it
}

// What any mode lacks is said before the first of them is brought up, all of it,
// once.
func TestMissingPrerequisites(t *testing.T) {
	without(t)
	p := small("round-robin", "vllm-router:cache_aware", "vllm-router:round_robin", "dynamo:kv@process:mocker")
	dir := filepath.Join(t.TempDir(), "out")
	r, err := p.Run(t.Context(), dir)
	require.Nil(t, r)
	require.NoDirExists(t, dir, "nothing was brought up, nothing is written")
	lines := strings.Split(err.Error(), "\n")
	require.Len(t, lines, 3, err)
	require.Contains(t, lines[0], "bring up vllm-router:cache_aware, vllm-router:round_robin: frontend (process:vllm-router): prerequisite missing: ")
	require.Contains(t, lines[1], "bring up dynamo:kv@process:mocker: engine-0..1 (process:mocker): prerequisite missing: ")
	require.Contains(t, lines[2], "bring up dynamo:kv@process:mocker: frontend (process:dynamo): prerequisite missing: ")
	for _, l := range lines {
		require.Contains(t, l, "make ", "what to do")
	}
	require.NotErrorIs(t, err, ErrCheck)
	var missing *fixtures.MissingError
	require.ErrorAs(t, err, &missing)
	require.Equal(t, "frontend", missing.Kind)

	// What is there but broken is no reason to skip a test, and comes first.
	t.Setenv("DYNBENCH_DYNAMO_ENV", filepath.Join(dir, "none"))
	_, err = p.Run(t.Context(), dir)
	require.ErrorContains(t, err, "bring up dynamo:kv@process:mocker: check engine-0..1 (process:mocker): ")
	require.NotErrorAs(t, err, &missing)
}

// An earlier result stays where it is when what is to replace it cannot be had.
func TestMissingPrerequisiteLeavesOldResults(t *testing.T) {
	p := small("round-robin", "random")
	p.Ratios, p.Pairs, p.NoPlot = []float64{0.8}, 1, true
	dir := t.TempDir()
	_, err := p.Run(t.Context(), dir)
	require.NoError(t, err)
	without(t)
	p.Modes, p.Existing = []Mode{"round-robin", "vllm-router:cache_aware"}, harness.Overwrite
	_, err = p.Run(t.Context(), dir)
	require.ErrorIs(t, err, part.ErrMissing)
	require.FileExists(t, filepath.Join(dir, "random", SummaryFile))
	p.Existing = harness.Refuse
	_, err = p.Run(t.Context(), dir)
	require.ErrorIs(t, err, harness.ErrExists)
}

// leaving is an etcd whose prerequisite goes away after so many looks.
type leaving struct {
	etcd.Embedded
	looks *atomic.Int32
}

func (l leaving) Check(ctx context.Context) error {
	if l.looks.Add(-1) < 0 {
		return fmt.Errorf("%w: it has gone away", part.ErrMissing)
	}
	return l.Embedded.Check(ctx)
}

// What was measured before a prerequisite went away is kept.
func TestPrerequisiteThatGoesAway(t *testing.T) {
	p := small("round-robin", "random")
	p.NoPlot = true
	for runs := range 2 {
		looks := new(atomic.Int32)
		looks.Store(int32(2 + runs)) // one of each mode before all runs
		p.Bed.Etcd = leaving{looks: looks}
		r, err := p.Run(t.Context(), filepath.Join(t.TempDir(), "out"))
		require.ErrorContains(t, err, "etcd (embedded): prerequisite missing: it has gone away")
		require.NotErrorIs(t, err, ErrCheck)
		var missing *fixtures.MissingError
		require.ErrorAs(t, err, &missing)
		if runs == 0 {
			require.Nil(t, r)
			continue
		}
		first := r.Arms[0]
		if len(first.Points) == 0 {
			first = r.Arms[1]
		}
		require.Len(t, first.Points, 2)
		require.FileExists(t, filepath.Join(r.Dir, first.Name, SummaryFile))
	}
}

// With --overwrite the summary of an earlier sweep is kept beside its levels.
func TestOverwriteKeepsTheSummary(t *testing.T) {
	url := stackURL(t, fixtures.ModeKV)
	for name, set := range map[string]func(*PrefixRatio){
		"url":  func(p *PrefixRatio) { p.URLs = []string{url} },
		"mode": func(p *PrefixRatio) { p.Modes = []Mode{"kv"} },
	} {
		t.Run(name, func(t *testing.T) {
			p, dir := small(), t.TempDir()
			set(&p)
			p.Ratios = []float64{0.8}
			_, err := p.Run(t.Context(), dir)
			require.NoError(t, err)
			in := dir
			if len(p.Modes) > 0 {
				in = filepath.Join(dir, "kv")
			}
			before, err := os.ReadFile(filepath.Join(in, SummaryFile))
			require.NoError(t, err)

			p.Existing, p.Requests = harness.Overwrite, 20
			_, err = p.Run(t.Context(), dir)
			require.NoError(t, err)
			s, err := ReadSummary(in)
			require.NoError(t, err)
			require.Equal(t, 20, s.Points[0].Requests)
			old, err := filepath.Glob(filepath.Join(in, ".old-*", SummaryFile))
			require.NoError(t, err)
			require.Len(t, old, 1)
			kept, err := os.ReadFile(old[0])
			require.NoError(t, err)
			require.Equal(t, string(before), string(kept))
			for _, f := range []string{ParticipationFile, ArmPlot} {
				require.FileExists(t, filepath.Join(filepath.Dir(old[0]), f))
				require.FileExists(t, filepath.Join(in, f))
			}
			again, err := Participate(in)
			require.NoError(t, err)
			require.Equal(t, 20, again.Requests, "the old ones are not counted")
		})
	}
}

// An endpoint that does not answer leaves the earlier summary where it is.
func TestOverwriteOfNothing(t *testing.T) {
	p, dir := small(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, SummaryFile), []byte("{}"), 0o600))
	p.URLs, p.Model, p.Existing, p.ReadyTimeout = []string{"http://127.0.0.1:1"}, "m", harness.Overwrite, 1
	_, err := p.Run(t.Context(), dir)
	require.ErrorIs(t, err, harness.ErrTarget)
	require.FileExists(t, filepath.Join(dir, SummaryFile))
}
