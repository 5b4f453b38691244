package report

import (
	"strings"
	"unicode"
)

// TitleCase is the original's legend form of a name: the first letter of each
// run of letters upper case, the others lower: "qwen3-0p6b" is "Qwen3-0P6B".
func TitleCase(name string) string {
	inWord := false
	return strings.Map(func(r rune) rune {
		first := !inWord
		inWord = unicode.IsLetter(r)
		if first {
			return unicode.ToTitle(r)
		}
		return unicode.ToLower(r)
	}, name)
}
