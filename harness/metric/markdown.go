package metric

import (
	"fmt"
	"io"
	"strings"
)

// Markdown writes the reference table of the metrics of s: what docs/metrics.md
// holds below its heading.
func Markdown(w io.Writer, s Set) error {
	var b strings.Builder
	b.WriteString("| Key | Short | Title | Unit | One value a | Better | Meaning |\n|---|---|---|---|---|---|---|\n")
	for _, d := range s.Defs() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s | %s |\n",
			d.Key, shortNames(d), cell(d.Title), cell(d.Unit), d.Kind, better(d.Direction), cell(d.Doc))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func shortNames(d Def) string {
	var names []string
	for _, n := range []string{d.Alias, d.Also} {
		if n != "" {
			names = append(names, "`"+n+"`")
		}
	}
	return strings.Join(names, ", ")
}

func better(d Direction) string {
	switch d {
	case LowerIsBetter:
		return "lower"
	case HigherIsBetter:
		return "higher"
	}
	return "-"
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
