package report

import (
	"strings"

	"gonum.org/v1/plot/vg"
)

// wrap joins the notes, each a sentence, and breaks them into lines of at most
// width.
func wrap(notes []string, width vg.Length) []string {
	style := italic(textStyle(noteSize))
	var lines []string
	line := ""
	for _, word := range strings.Fields(strings.Join(notes, " ")) {
		if longer := strings.TrimSpace(line + " " + word); line == "" || style.Width(longer) <= width-vg.Points(4) {
			line = longer
			continue
		}
		lines = append(lines, line)
		line = word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
