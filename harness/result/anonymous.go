package result

import (
	"strings"
)

// Shortest runs that are taken for an id.
const (
	leastDigits = 4 // digits in a row, anywhere
	leastID     = 8 // hex, digits, or letters and digits mixed
	leastTagged = 4 // what follows a tag
	leastQuoted = 6 // with a digit, between quotes
)

// idTags are the words before the ids of requests and answers.
const idTags = " chatcmpl cmpl req request resp response msg call trace session conv "

// anonymous is a message without what differs from one failure to the next:
// ids, long numbers and ports become <id>, <n> and <port>. It changes nothing in
// its own results.
func anonymous(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		end := i
		for end < len(s) && wordByte(s[end]) {
			end++
		}
		if end == i {
			b.WriteByte(s[i])
			i++
			continue
		}
		writeWord(&b, s, i, end)
		i = end
	}
	return b.String()
}

func writeWord(b *strings.Builder, s string, i, end int) {
	word := s[i:end]
	switch {
	case i > 0 && end < len(s) && quote(s[i-1]) && s[end] == s[i-1] && len(word) >= leastQuoted && digits(word) > 0:
		b.WriteString("<id>")
	case i > 0 && s[i-1] == ':' && len(word) >= leastDigits && len(word) <= 5 && digits(word) == len(word):
		b.WriteString("<port>")
	default:
		writeParts(b, word)
	}
}

// writeParts goes over the parts of a word that - and _ hold together.
func writeParts(b *strings.Builder, word string) {
	for len(word) > 0 {
		if n := uuidLen(word); n > 0 {
			b.WriteString("<id>")
			word = word[n:]
			continue
		}
		n := strings.IndexAny(word, "-_")
		if n < 0 {
			writePart(b, word)
			return
		}
		part, rest := word[:n], word[n+1:]
		if len(rest) >= leastTagged && digits(rest) > 0 && part != "" && strings.Contains(idTags, " "+strings.ToLower(part)+" ") {
			b.WriteString(word[:n+1])
			b.WriteString("<id>")
			return
		}
		writePart(b, part)
		b.WriteByte(word[n])
		word = rest
	}
}

// writePart writes letters and digits, without the numbers among them.
func writePart(b *strings.Builder, part string) {
	if len(part) >= leastID && (digits(part) >= 2 || hexes(part) == len(part)) {
		b.WriteString("<id>")
		return
	}
	for i := 0; i < len(part); {
		end := i
		for end < len(part) && digit(part[end]) {
			end++
		}
		switch {
		case end-i >= leastDigits:
			b.WriteString("<n>")
		case end > i:
			b.WriteString(part[i:end])
		default:
			end = i + 1
			b.WriteByte(part[i])
		}
		i = end
	}
}

// uuidLen is the length of the UUID that s begins with, 0 if it does not.
func uuidLen(s string) int {
	n := 0
	for i, size := range []int{8, 4, 4, 4, 12} {
		if i > 0 {
			if n >= len(s) || s[n] != '-' {
				return 0
			}
			n++
		}
		if len(s) < n+size || hexes(s[n:n+size]) != size {
			return 0
		}
		n += size
	}
	if n < len(s) && s[n] != '-' && s[n] != '_' {
		return 0
	}
	return n
}

func wordByte(c byte) bool {
	return digit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '_'
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func quote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

func digits(s string) int { return countOf(s, digit) }

func hexes(s string) int {
	return countOf(s, func(c byte) bool { return digit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' })
}

func countOf(s string, is func(byte) bool) (n int) {
	for i := range len(s) {
		if is(s[i]) {
			n++
		}
	}
	return n
}
