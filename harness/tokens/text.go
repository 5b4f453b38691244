package tokens

import (
	"math/rand/v2"
	"strings"
)

// textPool are the pieces that texts are drawn from: those of a beginning, and
// the same as they follow, words with a blank before them.
type textPool struct {
	first, more []string
}

const (
	poolSize  = 1024 // words of a pool, about
	poolLeast = 256  // words without which a pool is of other pieces
	poolRetry = 64   // attempts to make a text exact
)

// newTextPool takes the common words that are one token each, at the start of a
// text and behind other words; in a vocabulary with few of them its own words
// of small letters; and where there are few of those too, any token that is one
// again when its text is encoded.
func newTextPool(t *BPE) *textPool {
	p := new(textPool)
	for _, w := range words {
		p.addWord(t, w)
	}
	if len(p.more) >= poolSize/2 {
		return p
	}
	*p = textPool{}
	for id := range int32(len(t.vocab.spans)) {
		if w, ok := t.smallWord(id); ok && len(p.more) < poolSize {
			p.addWord(t, w)
		}
	}
	if len(p.more) >= poolLeast {
		return p
	}
	p = new(textPool)
	for id := range int32(len(t.vocab.spans)) {
		if s, ok := t.ordinary(id); ok {
			p.first, p.more = append(p.first, s), append(p.more, s)
		}
	}
	return p
}

func (p *textPool) addWord(t *BPE, w string) {
	if t.Count(w) == 1 && t.Count(w+" "+w) == 2 && t.Count(w+" "+w+" "+w) == 3 {
		p.first = append(p.first, w)
		p.more = append(p.more, " "+w)
	}
}

// smallWord returns the word of an id that stands for a blank and small letters.
func (t *BPE) smallWord(id int32) (string, bool) {
	token := t.vocab.token(id)
	w, ok := strings.CutPrefix(string(token), lowLine)
	if t.pre.byteLevel {
		w, ok = strings.CutPrefix(string(token), "Ġ")
	}
	if !ok || len(w) < 3 {
		return "", false
	}
	for i := range len(w) {
		if w[i] < 'a' || w[i] > 'z' {
			return "", false
		}
	}
	return w, true
}

// ordinary returns the text of an id that encodes to that id alone.
func (t *BPE) ordinary(id int32) (string, bool) {
	if t.vocab.token(id) == nil {
		return "", false
	}
	s := t.Decode([]int32{id})
	if strings.TrimSpace(s) == "" || strings.ContainsRune(s, '\uFFFD') {
		return "", false
	}
	if _, start, _ := t.raw.next(s, 0); start >= 0 {
		return "", false
	}
	if _, start, _ := t.normalized.next(s, 0); start >= 0 {
		return "", false
	}
	ids := t.Encode(nil, s)
	return s, len(ids) == 1 && ids[0] == id
}

// Text draws words that are one token each in this vocabulary. Where it has no
// such words, pieces of it are drawn, and added or taken away until their count
// is n; a vocabulary whose pieces join to others at random may miss n then.
func (t *BPE) Text(rng *rand.Rand, n int) string {
	p := t.pool()
	if n <= 0 || len(p.more) == 0 {
		return ""
	}
	pieces := make([]string, 0, n+8)
	add := func() {
		from := p.more
		if len(pieces) == 0 {
			from = p.first
		}
		pieces = append(pieces, from[rng.IntN(len(from))])
	}
	text := ""
	for range poolRetry {
		count := t.Count(text)
		if count == n {
			break
		}
		if count > n { // the pieces behind the first that is too many
			pieces = pieces[:max(1, len(pieces)-(count-n))]
		}
		for range n - count {
			add()
		}
		text = strings.Join(pieces, "")
	}
	return text
}
