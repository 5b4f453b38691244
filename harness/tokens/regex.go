package tokens

import (
	"fmt"
	"iter"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

// regex finds matches of a pattern that is not matched by hand. It knows the
// look-ahead that Go's own package lacks. It is slow, and its classes are those
// of the version of Unicode that Go has.
type regex struct{ re *regexp2.Regexp }

// regexLimit is what one search may take before its text counts as without match.
const regexLimit = time.Minute

func newRegex(expr string) (finder, error) {
	re, err := regexp2.Compile(expr, regexp2.None)
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", expr, err)
	}
	re.MatchTimeout = regexLimit
	return regex{re}, nil
}

func (f regex) matches(s string) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		at, runes := 0, 0 // a place in s, in bytes and in runes
		move := func(to int) int {
			for ; runes < to && at < len(s); runes++ {
				_, n := utf8.DecodeRuneInString(s[at:])
				at += n
			}
			return at
		}
		m, err := f.re.FindStringMatch(s)
		for ; err == nil && m != nil; m, err = f.re.FindNextMatch(m) {
			start := move(m.Index)
			end := move(m.Index + m.Length)
			if start < end && !yield(start, end) {
				return
			}
		}
	}
}

// replaceAll replaces the matches of f in s.
func replaceAll(f finder, s, by string) string {
	if l, ok := f.(literal); ok {
		return strings.ReplaceAll(s, string(l), by)
	}
	var b strings.Builder
	at := 0
	for start, end := range f.matches(s) {
		b.WriteString(s[at:start])
		b.WriteString(by)
		at = end
	}
	b.WriteString(s[at:])
	return b.String()
}
