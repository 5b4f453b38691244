package tokens

import (
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Approx counts tokens without a vocabulary: a run of letters is one token for
// every twelve bytes begun, a run of digits one for every three, any other mark
// one, and each ideograph one; a single blank belongs to what
// follows it. Its own texts it counts exactly.
//
// On English prose it is within some per cent of byte-pair vocabularies, on
// code and other scripts it can be far off: results that rest on it say so.
type Approx struct{}

// ApproxName is the Name of Approx, and the value of --tokenizer that asks for it.
const ApproxName = "approx"

// Name returns ApproxName.
func (Approx) Name() string { return ApproxName }

// Count returns the number of tokens that Encode would give.
func (Approx) Count(text string) int {
	n := 0
	pieces(text, func(string) { n++ })
	return n
}

// Encode appends one id a token: a hash of its bytes, equal for equal tokens.
// The ids are those of no vocabulary; they serve to compare prefixes.
func (Approx) Encode(dst []int32, text string) []int32 {
	h := fnv.New32a()
	pieces(text, func(p string) {
		h.Reset()
		h.Write([]byte(p))
		dst = append(dst, int32(h.Sum32()&0x7fffffff))
	})
	return dst
}

// Text draws n words and joins them by blanks.
func (Approx) Text(rng *rand.Rand, n int) string {
	var b strings.Builder
	b.Grow(n * 6)
	for i := range n {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(words[rng.IntN(len(words))])
	}
	return b.String()
}

// The longest pieces that are one token: in common vocabularies nearly all
// words of up to twelve letters that are frequent are one, and rare ones fall
// into parts of about that length.
const (
	letterRun = 12
	digitRun  = 3
)

type runeClass int

const (
	blank runeClass = iota
	letter
	digit
	ideograph
	mark
)

// pieces calls f for each token of text, in order; the pieces joined are text,
// apart from blanks, which go with what follows them.
func pieces(text string, f func(string)) {
	for i := 0; i < len(text); {
		start := i
		class, size := classAt(text, i)
		if class == blank {
			i += size
			next, nextSize := classAt(text, i)
			if size != 1 || text[start] != ' ' || nextSize == 0 || next == blank {
				i = runEnd(text, i, blank, len(text))
				f(text[start:i])
				continue
			}
			class, size = next, nextSize
		}
		i += size
		switch class {
		case letter:
			i = runEnd(text, i, letter, start+letterRun+1)
		case digit:
			i = runEnd(text, i, digit, start+digitRun)
		}
		f(text[start:i])
	}
}

// runEnd returns the end of the run of one class that goes on at i, at most
// about limit bytes into text, and never inside a rune.
func runEnd(text string, i int, class runeClass, limit int) int {
	for i < len(text) && i < limit {
		c, size := classAt(text, i)
		if c != class {
			break
		}
		i += size
	}
	return i
}

func classAt(text string, i int) (runeClass, int) {
	if i >= len(text) {
		return blank, 0
	}
	if b := text[i]; b < utf8.RuneSelf {
		switch {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z':
			return letter, 1
		case '0' <= b && b <= '9':
			return digit, 1
		case b == ' ', b == '\n', b == '\t', b == '\r':
			return blank, 1
		}
		return mark, 1
	}
	r, size := utf8.DecodeRuneInString(text[i:])
	switch {
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
		return ideograph, size
	case unicode.IsLetter(r):
		return letter, size
	case unicode.IsDigit(r):
		return digit, size
	case unicode.IsSpace(r):
		return blank, size
	}
	return mark, size
}
