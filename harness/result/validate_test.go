package result_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/result"
)

func TestValidateFindsNothingInWhatIsWritten(t *testing.T) {
	out := t.TempDir()
	writeTree(t, out, "a")
	writeTree(t, out, "b")
	problems, err := result.Validate(out)
	require.NoError(t, err)
	require.Empty(t, problems)
}

func TestValidateFinds(t *testing.T) {
	replace := func(file, old, by string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			text := read(t, dir, file)
			require.Contains(t, text, old)
			write(t, strings.Replace(text, old, by, 1), dir, file)
		}
	}
	for name, c := range map[string]struct {
		harm func(*testing.T, string)
		want string
	}{
		"state of a run":      {replace(result.RunFile, `"complete",`, `"done",`), "run.json: schema run: at '/state'"},
		"user info":           {replace(result.RunFile, `"http://h:8000"`, `"http://u:p@h:8000"`), "run.json: schema run: at '/target/url'"},
		"time":                {replace(result.RunFile, `"2026-01-05T10:00:00Z"`, `"yesterday"`), "at '/started'"},
		"not json":            {replace(result.RunFile, `{`, ``), "run.json: no JSON"},
		"state of a level":    {replace("c2/status.json", `"degraded"`, `"ok"`), "c2/status.json: state ok, the run says degraded"},
		"run id":              {replace("c2/status.json", `agg"`, `agf"`), `run_id "01K0000000000000000000agf"`},
		"request count":       {replace("c2/status.json", `"requests": 6`, `"requests": 7`), "7 requests, but outcomes count 6"},
		"outcome":             {replace("c2/status.json", `"ok": 5`, `"ok": -5`), "at '/outcomes/ok'"},
		"metric":              {replace("c2/profile_export_aiperf.json", `"unit": "ms"`, `"unit": 1`), "schema export: at '/"},
		"record line":         {replace("c2/profile_export.jsonl", `"outcome":"ok"`, `"outcome":"fine"`), "c2/profile_export.jsonl:1: schema record: at '/dynbench/outcome'"},
		"request id twice":    {replace("c2/profile_export.jsonl", `{"id":3,`, `{"id":2,`), "c2/profile_export.jsonl:4: request 2 stands in line 3 already"},
		"lost record":         {replace("c2/profile_export.jsonl", "\n", "\n{}\n"), "c2/profile_export.jsonl:2: schema record"},
		"inputs":              {replace("c2/inputs.json", `"payloads"`, `"bodies"`), "c2/inputs.json: schema inputs"},
		"export is missing":   {func(t *testing.T, d string) { remove(t, d, "c2", result.ExportFile) }, "profile_export_aiperf.json: missing"},
		"status is missing":   {func(t *testing.T, d string) { remove(t, d, "c2", result.StatusFile) }, "level c2 is degraded but has no status.json"},
		"run file is missing": {func(t *testing.T, d string) { remove(t, d, result.RunFile) }, "no run.json: a tree of another tool"},
		"summary":             {func(t *testing.T, d string) { write(t, `{"schema":"x"}`, d, "plots", "SUMMARY.json") }, "plots/SUMMARY.json: schema summary"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := writeTree(t, t.TempDir(), "agg")
			c.harm(t, dir)
			problems, err := result.Validate(dir)
			require.NoError(t, err)
			require.NotEmpty(t, problems)
			var all []string
			for _, p := range problems {
				all = append(all, p.String())
			}
			require.Contains(t, strings.Join(all, "\n"), c.want)
		})
	}
}

func TestValidateCountsRecords(t *testing.T) {
	dir, _ := writeTree(t, t.TempDir(), "agg")
	text := read(t, dir, "c2", result.RecordsFile)
	_, rest, _ := strings.Cut(text, "\n") // the warm-up's line
	_, rest, _ = strings.Cut(rest, "\n")
	write(t, rest, dir, "c2", result.RecordsFile)
	problems, err := result.Validate(dir)
	require.NoError(t, err)
	require.Equal(t, []result.Problem{{File: "c2/status.json", Message: "6 requests, but 5 measured records"}}, problems)
}

func TestValidateRunIDsDiffer(t *testing.T) {
	out := t.TempDir()
	dir, _ := writeTree(t, out, "a")
	require.NoError(t, os.CopyFS(filepath.Join(out, "b"), os.DirFS(dir)))
	problems, err := result.Validate(out)
	require.NoError(t, err)
	require.Len(t, problems, 1)
	require.Contains(t, problems[0].Message, "is that of")
	_, err = result.Validate(t.TempDir())
	require.ErrorIs(t, err, result.ErrEmpty)
}

func remove(t *testing.T, parts ...string) {
	t.Helper()
	require.NoError(t, os.Remove(filepath.Join(parts...)))
}
