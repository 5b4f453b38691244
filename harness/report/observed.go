package report

import (
	"slices"
	"strings"
)

// observed is one line on what the target's own metrics said, if they said any of
// what readers look for.
func (x Benchmark) observed() []string {
	var parts []string
	for i := range x.run.Levels {
		l := &x.run.Levels[i]
		if l.Observed == nil {
			continue
		}
		if brief := l.Observed.Brief(); brief != "" {
			parts = append(parts, brief+" ("+l.Label()+")")
		}
	}
	if len(parts) == 0 {
		return nil
	}
	if len(parts) > 6 { // run.json has them all
		parts = slices.Concat(parts[:3], []string{"..."}, parts[len(parts)-2:])
	}
	return []string{"By the target's own metrics: " + strings.Join(parts, "; ")}
}
