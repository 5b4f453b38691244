package result_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/result"
)

func TestExistingCountsOnlyResults(t *testing.T) {
	dir := t.TempDir()
	for _, missing := range []string{dir, filepath.Join(dir, "none")} {
		d, err := result.Existing(missing)
		require.NoError(t, err)
		require.False(t, d.Any())
	}
	write(t, "x", dir, "notes.txt")
	write(t, "x", dir, "c1", "server.log")
	write(t, "x", dir, ".old-1", result.RunFile)
	write(t, "x", dir, ".old-1", "c1", result.ExportFile)
	d, err := result.Existing(dir)
	require.NoError(t, err)
	require.False(t, d.Any())
	write(t, "x", dir, "c1", "deep", "er", "profile_export_genai_perf.csv")
	d, err = result.Existing(dir)
	require.NoError(t, err)
	require.Equal(t, result.Data{Exports: []string{"c1/deep/er/profile_export_genai_perf.csv"}}, d)
	write(t, "x", dir, result.RunFile)
	d, err = result.Existing(dir)
	require.NoError(t, err)
	require.True(t, d.Run)
}

func TestMoveOldKeepsEverythingAndCollidesNever(t *testing.T) {
	dir := t.TempDir()
	old, err := result.MoveOld(dir, base, "c1")
	require.NoError(t, err)
	require.Empty(t, old, "nothing to move, nothing made")
	for range 2 {
		write(t, "x", dir, "c1", result.RecordsFile)
		write(t, "x", dir, "c2", result.RecordsFile)
		old, err = result.MoveOld(dir, base, "c1", "c9")
		require.NoError(t, err)
	}
	require.Equal(t, ".old-20260105T100000Z-2", filepath.Base(old))
	require.Equal(t, "x", read(t, dir, ".old-20260105T100000Z", "c1", result.RecordsFile))
	require.Equal(t, "x", read(t, old, "c1", result.RecordsFile))
	require.Equal(t, "x", read(t, dir, "c2", result.RecordsFile))
	_, err = result.MoveOld(dir, base, "../"+filepath.Base(dir))
	require.ErrorContains(t, err, "is not below")
}

func TestMoveOldWithoutNamesMovesARun(t *testing.T) {
	dir, _ := writeTree(t, t.TempDir(), "agg")
	write(t, "mine", dir, "notes.txt")
	old, err := result.MoveOld(dir, base)
	require.NoError(t, err)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2, "the old folder and the notes")
	run, err := result.Load(old)
	require.NoError(t, err)
	require.Equal(t, result.LevelDegraded, run.Levels[0].State)
	d, err := result.Existing(dir)
	require.NoError(t, err)
	require.False(t, d.Any())
}

func TestResumable(t *testing.T) {
	dir, _ := writeTree(t, t.TempDir(), "agg")
	run, err := result.Load(dir)
	require.NoError(t, err)
	keep, err := result.Resumable(run, "f-1")
	require.NoError(t, err)
	require.Equal(t, map[string]bool{"c2": true}, keep)
	_, err = result.Resumable(run, "f-2")
	require.ErrorIs(t, err, result.ErrForeign)
	require.ErrorContains(t, err, `"f-1"`)
	require.ErrorContains(t, err, `"f-2"`)

	for _, state := range []result.LevelState{result.LevelPartial, result.LevelFailed, result.LevelSkipped} {
		l := run.Levels[0]
		l.State = state
		require.NoError(t, result.WriteLevel(dir, run, &l))
		again, err := result.Load(dir)
		require.NoError(t, err)
		keep, err = result.Resumable(again, "f-1")
		require.NoError(t, err)
		require.Empty(t, keep, "a %s level is done again", state)
	}
	keep, err = result.Resumable(load(t, "v1.4"), "f-1")
	require.NoError(t, err)
	require.Empty(t, keep, "a tree without run.json starts afresh")
	keep, err = result.Resumable(nil, "f-1")
	require.NoError(t, err)
	require.Empty(t, keep)
}

func TestLevelWithoutStatusIsDoneAgain(t *testing.T) {
	dir, _ := writeTree(t, t.TempDir(), "agg")
	require.NoError(t, os.Remove(filepath.Join(dir, "c2", result.StatusFile)))
	run, err := result.Load(dir)
	require.NoError(t, err)
	keep, err := result.Resumable(run, "f-1")
	require.NoError(t, err)
	require.Empty(t, keep)
}
