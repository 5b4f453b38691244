package tokens

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// symbols sets w.syms to the single characters of word, or, at byte level, to
// its bytes. Characters outside of the vocabulary become bytes, else unk.
func (t *BPE) symbols(w *scratch, word string) {
	w.syms = w.syms[:0]
	plain := t.model.prefix == "" && t.model.suffix == ""
	pending := false // an unk that further ones may be fused with
	for i := 0; i < len(word); {
		n := 1
		var id int32
		switch {
		case plain && t.pre.byteLevel:
			id = t.bytes[word[i]]
		case plain && word[i] < utf8.RuneSelf:
			id = t.ascii[word[i]]
		default:
			if !t.pre.byteLevel {
				_, n = utf8.DecodeRuneInString(word[i:])
			}
			id = t.vocab.id(t.character(w, word, i, n))
		}
		s := word[i : i+n]
		i += n
		switch {
		case id >= 0:
			if pending {
				w.syms = append(w.syms, symbol{id: t.unk})
				pending = false
			}
			w.syms = append(w.syms, symbol{id: id})
		case t.model.byteFallback && !t.pre.byteLevel && t.fallback(w, s):
		case t.unk >= 0:
			if pending && !t.model.fuseUnk {
				w.syms = append(w.syms, symbol{id: t.unk})
			}
			pending = true
		}
	}
	if pending {
		w.syms = append(w.syms, symbol{id: t.unk})
	}
}

// character is word[i:i+n] as the vocabulary writes it there.
func (t *BPE) character(w *scratch, word string, i, n int) []byte {
	w.buf = w.buf[:0]
	if i > 0 {
		w.buf = append(w.buf, t.model.prefix...)
	}
	if t.pre.byteLevel {
		w.buf = t.alphabet.write(w.buf, word[i:i+n])
	} else {
		w.buf = append(w.buf, word[i:i+n]...)
	}
	if i+n == len(word) {
		w.buf = append(w.buf, t.model.suffix...)
	}
	return w.buf
}

// fallback appends the bytes of s, if the vocabulary has each.
func (t *BPE) fallback(w *scratch, s string) bool {
	for i := range len(s) {
		if t.bytes[s[i]] < 0 {
			return false
		}
	}
	for i := range len(s) {
		w.syms = append(w.syms, symbol{id: t.bytes[s[i]]})
	}
	return true
}

// boundary knows where words may be cut that no pre-tokenizer cuts, since no
// merge reaches over: before a ▁ behind any other character. Where a few merges
// do reach over, cuts are made behind all characters but theirs.
type boundary struct {
	off  bool
	over map[rune]bool // characters that merges join with a ▁ after them
}

const lowLine = "▁"

// learn takes note of a merge.
func (b *boundary) learn(left, right []byte) {
	if len(right) >= 3 && right[0] == lowLine[0] && string(right[:3]) == lowLine && !bytes.HasSuffix(left, []byte(lowLine)) {
		r, _ := utf8.DecodeLastRune(left)
		b.over[r] = true
	}
	if len(left) == 6 && left[0] == '<' && bytes.HasPrefix(left, []byte("<0x")) || len(right) == 6 && right[0] == '<' && bytes.HasPrefix(right, []byte("<0x")) {
		b.off = true // bytes of any character may be merged
	}
}

// next returns where the first cut of s is; the length of s if there is none.
func (b *boundary) next(s string) int {
	if b.off {
		return len(s)
	}
	for i := 0; ; i += len(lowLine) {
		k := strings.Index(s[i:], lowLine)
		if k < 0 {
			return len(s)
		}
		i += k
		if i == 0 {
			continue
		}
		if r, _ := utf8.DecodeLastRuneInString(s[:i]); r != '▁' && !b.over[r] {
			return i
		}
	}
}
