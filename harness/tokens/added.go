package tokens

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// cutter cuts added tokens out of texts: at each place the longest that begins
// there, from left to right.
type cutter struct {
	tokens  map[string]addedToken
	lengths [256][]int // of tokens by their first byte, descending
	firsts  string     // those bytes, if they are few
}

func newCutter(tokens map[string]addedToken) *cutter {
	c := &cutter{tokens: tokens}
	for text := range tokens {
		l := &c.lengths[text[0]]
		if !slices.Contains(*l, len(text)) {
			*l = append(*l, len(text))
		}
	}
	var firsts []byte
	for b := range c.lengths {
		if l := c.lengths[b]; len(l) > 0 {
			slices.SortFunc(l, func(x, y int) int { return y - x })
			firsts = append(firsts, byte(b))
		}
	}
	if len(firsts) == 1 {
		c.firsts = string(firsts)
	}
	return c
}

// next returns the first token in s at or after i, and where it stands; the
// start is -1 if there is none.
func (c *cutter) next(s string, i int) (t addedToken, start, end int) {
	for ; i < len(s); i++ {
		if c.firsts != "" {
			k := strings.IndexByte(s[i:], c.firsts[0])
			if k < 0 {
				break
			}
			i += k
		}
		for _, n := range c.lengths[s[i]] {
			if n > len(s)-i {
				continue
			}
			if t, ok := c.tokens[s[i:i+n]]; ok {
				return t, i, i + n
			}
		}
	}
	return t, -1, -1
}

// cut calls gap for each text between tokens, with where it begins, and token
// for each token.
func (c *cutter) cut(s string, gap func(text string, at int), token func(id int32)) {
	if len(c.tokens) == 0 {
		gap(s, 0)
		return
	}
	at := 0
	for i := 0; ; {
		t, start, end := c.next(s, i)
		if start < 0 {
			break
		}
		i = end
		if t.SingleWord && (wordEnds(s[:start]) || wordBegins(s[end:])) {
			continue
		}
		if t.LStrip {
			start = max(len(strings.TrimRightFunc(s[:start], unicode.IsSpace)), at)
		}
		if t.RStrip {
			end = len(s) - len(strings.TrimLeftFunc(s[end:], unicode.IsSpace))
		}
		if at < start {
			gap(s[at:start], at)
		}
		token(t.id)
		at = end
	}
	if at < len(s) {
		gap(s[at:], at)
	}
}

func wordEnds(s string) bool {
	r, n := utf8.DecodeLastRuneInString(s)
	return n > 0 && isWord(r)
}

func wordBegins(s string) bool {
	r, n := utf8.DecodeRuneInString(s)
	return n > 0 && isWord(r)
}

// isWord is \w with Unicode: letters, accents, decimal digits, connectors, joiners.
func isWord(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Other_Alphabetic, unicode.Pc, unicode.Join_Control)
}

// addTokens gives added tokens their ids: those of the vocabulary, and for
// others the next that are free. It returns those that are looked for before
// the text is normalized, those after, and the tokens that the vocabulary lacks.
func addTokens(added []addedToken, v *vocab, n normalizer) (raw, normalized *cutter, extra map[int32]string) {
	before, after := map[string]addedToken{}, map[string]addedToken{}
	ids := make(map[string]int32, len(added))
	extra = map[int32]string{}
	next := int32(v.count)
	for _, t := range added {
		if t.Content == "" {
			continue
		}
		id, ok := ids[t.Content]
		if !ok {
			if id = v.id([]byte(t.Content)); id < 0 {
				id = next
				extra[id] = t.Content
			}
			ids[t.Content] = id
			next = max(next, id+1)
		}
		t.id = id
		if !t.Normalized {
			before[t.Content] = t
			continue
		}
		text := t.Content
		if n != nil {
			text = n(text)
		}
		if text != t.Content {
			extra[id] = text // it decodes to what is looked for
		}
		if text != "" {
			after[text] = t
		}
	}
	return newCutter(before), newCutter(after), extra
}
