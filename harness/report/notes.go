package report

import (
	"fmt"
	"strings"

	"github.com/dynbench/dynbench/harness/result"
)

// runNotes are what a reader of any plot of these runs must know.
func runNotes(runs []*result.Run) []string {
	var notes, limited []string
	for _, r := range runs {
		if s := r.Target.Speedup; s != 0 && s != 1 {
			notes = append(notes, fmt.Sprintf("%s: simulated at %g times true speed.", r.Name, s))
		}
		for i := range r.Levels {
			if r.Levels[i].ClientLimited {
				limited = append(limited, r.Name+" "+r.Levels[i].Name)
			}
		}
	}
	if len(limited) > 6 {
		limited = append(limited[:6], fmt.Sprintf("%d more", len(limited)-6))
	}
	if len(limited) > 0 {
		notes = append(notes, "Limited by the client, not the target: "+strings.Join(limited, ", ")+".")
	}
	return notes
}
