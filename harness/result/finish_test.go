package result_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
)

// killed is a tree with a whole level c2 and a level c4 that has records only.
func killed(t *testing.T) string {
	t.Helper()
	dir, run := writeTree(t, t.TempDir(), "agg")
	run.State, run.Ended = result.Running, time.Time{}
	l := level("c4", 4)
	path, err := result.StartLevel(dir, run, &l)
	require.NoError(t, err)
	w, err := record.Create(filepath.Join(path, result.RecordsFile), result.Lines(base))
	require.NoError(t, err)
	for _, r := range records() {
		require.NoError(t, w.Put(r))
	}
	require.NoError(t, w.Close())
	return dir
}

func TestFinishRebuildsFromRecords(t *testing.T) {
	dir := killed(t)
	before := read(t, dir, "c2", result.ExportFile)
	rebuilt, err := result.Finish(dir)
	require.NoError(t, err)
	require.Equal(t, []string{"c4"}, rebuilt)
	require.Equal(t, before, read(t, dir, "c2", result.ExportFile))

	run, err := result.Load(dir)
	require.NoError(t, err)
	require.Equal(t, result.Interrupted, run.State)
	l := run.Level("c4")
	require.Equal(t, result.LevelPartial, l.State)
	require.Equal(t, 4, l.Concurrency)
	require.Equal(t, map[string]float64{"concurrency": 4}, l.Axes)
	require.Equal(t, 6, l.Requests)
	require.Equal(t, 1, l.Errors)
	require.Equal(t, record.Window{Start: 200 * ms, End: 1205 * ms, Sent: 6, Warmup: 1, Reason: l.Reason}, l.Window)
	require.True(t, base.Equal(l.Base))
	require.True(t, base.Add(1205*time.Millisecond).Equal(run.Ended))
	require.True(t, l.Stats["time_to_first_token"].Equal(run.Level("c2").Stats["time_to_first_token"]))
	require.Contains(t, read(t, dir, result.TidyFile), "\nagg,c4,time_to_first_token,ms,p99,")
	require.Contains(t, read(t, dir, "c4", result.ExportFile), `"was_cancelled": true`)

	problems, err := result.Validate(dir)
	require.NoError(t, err)
	require.Empty(t, problems)
	rebuilt, err = result.Finish(dir)
	require.NoError(t, err)
	require.Empty(t, rebuilt, "nothing is left to do")
}

func TestFinishGoesOnPastTornAndBrokenLines(t *testing.T) {
	dir := killed(t)
	path := filepath.Join(dir, "c4", result.RecordsFile)
	text := read(t, path)
	lines := strings.SplitAfter(text, "\n")
	lines[2] = "not json\n"
	text = strings.Join(lines, "")
	write(t, text[:len(text)-30], path)
	_, err := result.Finish(dir)
	require.NoError(t, err)
	run, err := result.Load(dir)
	require.NoError(t, err)
	l := run.Level("c4")
	require.Equal(t, 4, l.Requests, "of six one line is broken and one torn")
	require.Len(t, l.Warnings, 2)
	require.Contains(t, l.Warnings[0], "record line 3")
	require.Contains(t, l.Warnings[1], record.ErrTorn.Error())
}

func TestFinishWithoutRunFile(t *testing.T) {
	dir := killed(t)
	require.NoError(t, os.Remove(filepath.Join(dir, result.RunFile)))
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "c2")))
	write(t, read(t, trees, "failed", "c1", result.RecordsFile), dir, "c1", result.RecordsFile)
	rebuilt, err := result.Finish(dir)
	require.NoError(t, err)
	require.Equal(t, []string{"c4"}, rebuilt, "c1 holds another tool's records")
	run, err := result.Load(dir)
	require.NoError(t, err)
	require.Equal(t, 4, run.Levels[0].Concurrency)
	require.Len(t, run.RunID, 26)
	require.NotEmpty(t, run.Warnings)
}

func TestFinishBetweenLevels(t *testing.T) {
	dir, run := writeTree(t, t.TempDir(), "agg")
	rebuilt, err := result.Finish(dir)
	require.NoError(t, err)
	require.Empty(t, rebuilt)
	got, err := result.Load(dir)
	require.NoError(t, err)
	require.Equal(t, result.Complete, got.State, "a complete run stays so")
	run.State = result.Running
	require.NoError(t, result.WriteRun(dir, run))
	_, err = result.Finish(dir)
	require.NoError(t, err)
	got, err = result.Load(dir)
	require.NoError(t, err)
	require.Equal(t, result.Interrupted, got.State)
	_, err = result.Finish(filepath.Join(dir, "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestFinishWritesNothingWhereNothingOfOursIs(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("x"), 0o644))
	_, err := result.Finish(dir)
	require.ErrorIs(t, err, result.ErrEmpty)
	require.NoFileExists(t, filepath.Join(dir, result.RunFile))
}
