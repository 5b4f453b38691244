package tokens

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/unicode/rangetable"
)

// form is a Unicode normal form. The reference library's are those of Unicode
// 9.0, with accents without limit, where x/text puts a joiner after 30 of them
// and knows the accents of later versions; so only its tables serve.
type form struct {
	whole      norm.Form
	decomposed norm.Form // of the same kind
	compose    bool
}

// piece is a rune with its combining class.
type piece struct {
	r     rune
	class uint8
}

func (f form) apply(s string) string {
	// Below U+0300 nothing composes, and nothing decomposes but to compose again.
	if f.whole == norm.NFC && belowAccents(s) || f.whole.IsNormalString(s) {
		return s
	}
	known := rangetable.Assigned("9.0.0")
	out := make([]byte, 0, len(s)+16)
	var pieces []piece
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 { // a byte that is no UTF-8 stays
			out = append(f.write(out, pieces), s[i])
			pieces = pieces[:0]
		} else {
			pieces = f.decompose(pieces, r, s[i:i+n], known)
		}
		i += n
	}
	return string(f.write(out, pieces))
}

func belowAccents(s string) bool {
	for i := range len(s) {
		if s[i] >= 0xCC { // the first byte of U+0300
			return false
		}
	}
	return true
}

const (
	hangul, hangulEnd  = 0xAC00, 0xAC00 + 11172
	leads, vowels      = 0x1100, 0x1161
	tails              = 0x11A7 // the first is none
	leadN, vowN, tailN = 19, 21, 28
)

// decompose appends what r, which is written s, decomposes to.
func (f form) decompose(dst []piece, r rune, s string, known *unicode.RangeTable) []piece {
	switch {
	case r < 0x80:
		return append(dst, piece{r, 0})
	case hangul <= r && r < hangulEnd:
		k := r - hangul
		dst = append(dst, piece{leads + k/(vowN*tailN), 0}, piece{vowels + k/tailN%vowN, 0})
		if k%tailN > 0 {
			dst = append(dst, piece{tails + k%tailN, 0})
		}
		return dst
	case !unicode.Is(known, r):
		return append(dst, piece{r, 0})
	}
	p := f.decomposed.PropertiesString(s)
	d := p.Decomposition()
	if len(d) == 0 {
		return append(dst, piece{r, p.CCC()})
	}
	for len(d) > 0 {
		part, n := utf8.DecodeRune(d)
		dst = append(dst, piece{part, f.decomposed.Properties(d).CCC()})
		d = d[n:]
	}
	return dst
}

// write puts accents in order, composes, and appends the text of pieces.
func (f form) write(dst []byte, pieces []piece) []byte {
	for i := 0; i < len(pieces); {
		if pieces[i].class == 0 {
			i++
			continue
		}
		end := i
		for end < len(pieces) && pieces[end].class != 0 {
			end++
		}
		slices.SortStableFunc(pieces[i:end], func(a, b piece) int { return int(a.class) - int(b.class) })
		i = end
	}
	if f.compose {
		pieces = compose(pieces, rangetable.Assigned("9.0.0"))
	}
	for _, p := range pieces {
		dst = utf8.AppendRune(dst, p.r)
	}
	return dst
}

// compose is the canonical composition: a rune joins the last starter unless
// one of its own or a higher class stands between.
func compose(pieces []piece, known *unicode.RangeTable) []piece {
	starter, kept := -1, 0
	for _, p := range pieces {
		if starter >= 0 {
			last := pieces[kept-1]
			if adjacent := kept-1 == starter; adjacent || last.class != 0 && last.class < p.class {
				if r, ok := pair(pieces[starter].r, p.r); ok && unicode.Is(known, r) {
					pieces[starter].r = r
					continue
				}
			}
		}
		if p.class == 0 {
			starter = kept
		}
		pieces[kept] = p
		kept++
	}
	return pieces[:kept]
}

// pair returns what two runes compose to.
func pair(a, b rune) (rune, bool) {
	switch {
	case leads <= a && a < leads+leadN && vowels <= b && b < vowels+vowN:
		return hangul + ((a-leads)*vowN+b-vowels)*tailN, true
	case hangul <= a && a < hangulEnd && (a-hangul)%tailN == 0 && tails < b && b < tails+tailN:
		return a + b - tails, true
	case b < 0x300:
		return 0, false
	}
	var in, out [2 * utf8.UTFMax]byte
	two := utf8.AppendRune(utf8.AppendRune(in[:0], a), b)
	one := norm.NFC.Append(out[:0], two...)
	r, n := utf8.DecodeRune(one)
	return r, n == len(one)
}
