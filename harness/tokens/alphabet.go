package tokens

import "unicode/utf8"

// alphabet is how byte-level vocabularies write bytes: those that print stand
// for themselves, the others, in order, for U+0100 and on. The blank is Ġ.
type alphabet struct {
	runes [256]rune
	bytes map[rune]byte
}

func newAlphabet() *alphabet {
	a := &alphabet{bytes: make(map[rune]byte, 256)}
	next := rune(256)
	for b := range 256 {
		r := rune(b)
		if b < '!' || '~' < b && b < 0xA1 || b == 0xAD {
			r = next
			next++
		}
		a.runes[b] = r
		a.bytes[r] = byte(b)
	}
	return a
}

// write appends the bytes of s in the alphabet.
func (a *alphabet) write(dst []byte, s string) []byte {
	for i := range len(s) {
		dst = utf8.AppendRune(dst, a.runes[s[i]])
	}
	return dst
}

// read appends the bytes that token stands for, and token itself if it holds
// a letter of no alphabet.
func (a *alphabet) read(dst []byte, token string) []byte {
	from := len(dst)
	for _, r := range token {
		b, ok := a.bytes[r]
		if !ok {
			return append(dst[:from], token...)
		}
		dst = append(dst, b)
	}
	return dst
}
