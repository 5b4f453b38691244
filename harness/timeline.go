package harness

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/report"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/internal/atomicfile"
)

// Timeline is a level over its own time, from its records and events.
func Timeline(run *result.Run, l *result.Level) (report.Timeline, error) {
	path := filepath.Join(run.Dir, filepath.FromSlash(l.Dir), result.RecordsFile)
	t, err := report.NewTimeline(record.ReadFile(path), l.Events, report.DefaultBin)
	if err != nil {
		return t, fmt.Errorf("level %s: %w", l.Label(), err)
	}
	t.Title = run.Name + ", " + l.Label()
	return t, nil
}

// writeTimelines draws the levels to which something was done into dir, and
// writes their bins as CSV beside the pictures.
func writeTimelines(dir string, run *result.Run, noPlot bool) ([]string, error) {
	var files []string
	for i := range run.Levels {
		l := &run.Levels[i]
		if len(l.Events) == 0 {
			continue
		}
		t, err := Timeline(run, l)
		if err != nil {
			return files, err
		}
		base := filepath.Join(dir, "timeline_"+run.Name+"_"+strings.ReplaceAll(l.Label(), "/", "_"))
		written, err := writeTimeline(base, t, noPlot)
		if files = append(files, written...); err != nil {
			return files, err
		}
	}
	return files, nil
}

func writeTimeline(base string, t report.Timeline, noPlot bool) ([]string, error) {
	if err := os.MkdirAll(filepath.Dir(base), 0o755); err != nil {
		return nil, fmt.Errorf("make plots folder: %w", err)
	}
	table, err := t.CSV()
	if err == nil {
		err = atomicfile.Write(base+".csv", table)
	}
	if err != nil || noPlot || len(t.Bins) == 0 {
		return []string{base + ".csv"}, err
	}
	picture, err := t.PNG()
	if err == nil {
		err = atomicfile.Write(base+".png", picture)
	}
	return []string{base + ".png", base + ".csv"}, err
}
