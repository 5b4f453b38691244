package tokens

import (
	"fmt"
	"iter"
	"strings"
)

// behavior is what becomes of the matches of a pattern that splits.
type behavior string

const (
	removed            behavior = "Removed"
	isolated           behavior = "Isolated"
	mergedWithPrevious behavior = "MergedWithPrevious"
	mergedWithNext     behavior = "MergedWithNext"
	contiguous         behavior = "Contiguous"
)

func parseBehavior(s string) (behavior, error) {
	switch b := behavior(s); b {
	case "":
		return isolated, nil
	case removed, isolated, mergedWithPrevious, mergedWithNext, contiguous:
		return b, nil
	}
	return "", fmt.Errorf("behavior %q of a pre_tokenizer is not supported", s)
}

// finder gives the start and end of each match in s, in order; none is empty.
type finder interface {
	matches(s string) iter.Seq2[int, int]
}

// delimited splits at the matches of a pattern.
type delimited struct {
	find   finder
	how    behavior
	invert bool // what is not matched is what delimits
}

type part struct {
	start, end int
	delimiter  bool
}

func (d delimited) split(dst []string, s string, _ bool) []string {
	var parts []part
	at := 0
	for start, end := range d.find.matches(s) {
		if at < start {
			parts = append(parts, part{at, start, d.invert})
		}
		parts = append(parts, part{start, end, !d.invert})
		at = end
	}
	if at == 0 && !d.invert { // no match, the common case
		return append(dst, s)
	}
	if at < len(s) {
		parts = append(parts, part{at, len(s), d.invert})
	}
	for _, p := range d.join(parts) {
		dst = append(dst, s[p.start:p.end])
	}
	return dst
}

// join puts parts together, or leaves them out, as the behavior says.
func (d delimited) join(parts []part) []part {
	var out []part
	previous := false
	switch d.how {
	case isolated:
		return parts
	case removed:
		for _, p := range parts {
			if !p.delimiter {
				out = append(out, p)
			}
		}
	case contiguous:
		for _, p := range parts {
			if n := len(out); n > 0 && p.delimiter == previous {
				out[n-1].end = p.end
			} else {
				out = append(out, p)
			}
			previous = p.delimiter
		}
	case mergedWithPrevious:
		for _, p := range parts {
			if n := len(out); n > 0 && p.delimiter && !previous {
				out[n-1].end = p.end
			} else {
				out = append(out, p)
			}
			previous = p.delimiter
		}
	case mergedWithNext:
		for i, p := range parts {
			// A delimiter begins what follows it, unless that is one itself.
			if i > 0 && parts[i-1].delimiter && !p.delimiter {
				out[len(out)-1].end = p.end
			} else {
				out = append(out, p)
			}
		}
	}
	return out
}

// literal finds a text.
type literal string

func (l literal) matches(s string) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		for i := 0; ; i += len(l) {
			k := strings.Index(s[i:], string(l))
			if k < 0 || !yield(i+k, i+k+len(l)) {
				return
			}
			i += k
		}
	}
}

// runes finds single runes.
type runes struct {
	classes *classes
	is      func(class uint8, first byte) bool
}

func (f runes) matches(s string) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		for i := 0; i < len(s); {
			k, n := f.classes.at(s, i)
			if f.is(k, s[i]) && !yield(i, i+n) {
				return
			}
			i += n
		}
	}
}

func isNumeral(class uint8, _ byte) bool { return class&numeral != 0 }
func isSpace(class uint8, _ byte) bool   { return class&space != 0 }

// isPunct holds for Unicode's, and for all marks of ASCII.
func isPunct(class uint8, first byte) bool {
	return class&punct != 0 || class&sign != 0 && first < 0x80
}
