package result_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
)

// writeFlat writes a run whose only level lies beside run.json; killed ones
// have records only.
func writeFlat(t *testing.T, killed bool) string {
	t.Helper()
	dir, run := filepath.Join(t.TempDir(), "flat"), newRun("flat")
	run.Flat = true
	require.NoError(t, result.CreateRun(dir, run))
	l := level("c2", 2)
	l.Dir = result.FlatDir
	path, err := result.StartLevel(dir, run, &l)
	require.NoError(t, err)
	require.Equal(t, dir, path)
	measure(t, run, &l, path, records())
	if killed {
		return dir
	}
	require.NoError(t, result.WriteLevel(dir, run, &l))
	run.State, run.Ended = result.Complete, l.Ended
	require.NoError(t, result.WriteRun(dir, run))
	return dir
}

func TestFlatRunIsReadAsItWasWritten(t *testing.T) {
	dir := writeFlat(t, false)
	problems, err := result.Validate(dir)
	require.NoError(t, err)
	require.Empty(t, problems)
	run, err := result.Load(dir)
	require.NoError(t, err)
	require.Equal(t, dir, run.Tree())
	require.Len(t, run.Levels, 1)
	require.Equal(t, "c2", run.Levels[0].Label())
	require.NotEmpty(t, run.Levels[0].Stats)
	require.Contains(t, read(t, dir, result.TidyFile), "\nflat,c2,time_to_first_token,ms,p99,")
	keep, err := result.Resumable(run, "f-1")
	require.NoError(t, err)
	require.Equal(t, map[string]bool{result.FlatDir: true}, keep)
	all, err := result.LoadAll(filepath.Dir(dir), nil)
	require.NoError(t, err)
	require.Len(t, all, 1)

	require.NoError(t, os.Remove(filepath.Join(dir, result.StatusFile)))
	problems, err = result.Validate(dir)
	require.NoError(t, err)
	require.Len(t, problems, 1)
	require.Contains(t, problems[0].Message, "level c2 is degraded but has no status.json")
}

func TestMoveOldOfAFlatLevel(t *testing.T) {
	dir := writeFlat(t, false)
	write(t, "x", dir, "notes.txt")
	write(t, "x", dir, "plots", "SUMMARY.txt")
	old, err := result.MoveOld(dir, base, result.FlatDir)
	require.NoError(t, err)
	for _, name := range []string{result.StatusFile, result.ExportFile, result.CSVFile, result.RecordsFile} {
		require.NoFileExists(t, filepath.Join(dir, name))
		require.FileExists(t, filepath.Join(old, name))
	}
	require.FileExists(t, filepath.Join(dir, result.RunFile))
	require.FileExists(t, filepath.Join(dir, "notes.txt"))
}

func TestMoveOldOfAFlatRun(t *testing.T) {
	dir := writeFlat(t, false)
	write(t, "x", dir, "notes.txt")
	old, err := result.MoveOld(dir, base)
	require.NoError(t, err)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2, "the old folder and the notes")
	run, err := result.Load(old)
	require.NoError(t, err)
	require.Equal(t, result.LevelDegraded, run.Levels[0].State)
}

func TestFinishRebuildsAFlatLevel(t *testing.T) {
	for name, lost := range map[string]bool{"with run.json": false, "without": true} {
		t.Run(name, func(t *testing.T) {
			dir := writeFlat(t, true)
			label := "c2"
			if lost {
				require.NoError(t, os.Remove(filepath.Join(dir, result.RunFile)))
				label = "flat"
			}
			rebuilt, err := result.Finish(dir)
			require.NoError(t, err)
			require.Equal(t, []string{label}, rebuilt)
			run, err := result.Load(dir)
			require.NoError(t, err)
			require.True(t, run.Flat)
			require.Equal(t, result.Interrupted, run.State)
			require.Equal(t, result.LevelPartial, run.Levels[0].State)
			require.Equal(t, record.Window{Start: 200 * ms, End: 1205 * ms, Sent: 6, Warmup: 1, Reason: run.Levels[0].Reason}, run.Levels[0].Window)
			problems, err := result.Validate(dir)
			require.NoError(t, err)
			require.Empty(t, problems)
		})
	}
}
