package tokens

import (
	"fmt"
	"sync"
	"unicode/utf8"
)

// BPE is a byte-pair tokenizer read from a tokenizer.json: byte-level, or of
// characters with bytes as fallback. It encodes as the reference library does
// with add_special_tokens false, token for token. No chat template is applied.
//
// Truncation and padding of the file are not followed: they would hide tokens.
type BPE struct {
	name     string
	revision string

	vocab vocab
	pairs pairTable
	model model
	bytes [256]int32 // token of each byte, -1 for none
	ascii [utf8.RuneSelf]int32
	unk   int32 // -1: characters that are not in the vocabulary are dropped

	raw, normalized *cutter
	extra           map[int32]string // added tokens that the vocabulary lacks or writes otherwise
	normalize       normalizer
	pre             pipeline
	decoder         decoder
	alphabet        *alphabet
	cache           *cache
	bound           boundary
	scratch         sync.Pool
	pool            func() *textPool
}

// scratch is the working memory of one call.
type scratch struct {
	parts, next []string
	syms        []symbol
	heap        []uint64
	ids         []int32
	buf         []byte
}

// Parse reads the text of a tokenizer.json. Models other than BPE, and steps
// that it does not know, are errors: a count that is only nearly right is not
// given.
func Parse(name string, data []byte) (*BPE, error) {
	t, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("tokenizer %s: %w", name, err)
	}
	t.name = name
	return t, nil
}

func parse(data []byte) (*BPE, error) {
	f, err := readFile(data)
	if err != nil {
		return nil, err
	}
	v, err := newVocab(f)
	if err != nil {
		return nil, err
	}
	t := &BPE{vocab: *v, model: f.model, alphabet: newAlphabet(), cache: newCache(), unk: -1}
	t.bound.over = map[rune]bool{}
	if t.pairs, err = readPairs(f, &t.vocab, t.bound.learn); err != nil {
		return nil, err
	}
	if t.normalize, err = newNormalizer(f.normalizer); err != nil {
		return nil, err
	}
	if t.pre, err = newPipeline(f.preTokenizer); err != nil {
		return nil, err
	}
	if t.decoder, err = newDecoder(f.decoder); err != nil {
		return nil, err
	}
	t.raw, t.normalized, t.extra = addTokens(f.added, &t.vocab, t.normalize)
	if t.model.hasUnk {
		if t.unk = t.vocab.id([]byte(t.model.unk)); t.unk < 0 {
			return nil, fmt.Errorf("unk_token %q is not in the vocabulary", t.model.unk)
		}
	}
	t.setBytes()
	t.bound.off = t.bound.off || t.pre.byteLevel || t.model.ignoreMerges || t.model.prefix != "" ||
		t.model.suffix != "" || t.vocab.id([]byte(lowLine)) < 0
	t.scratch.New = func() any { return new(scratch) }
	t.pool = sync.OnceValue(func() *textPool { return newTextPool(t) })
	return t, nil
}

// setBytes finds the tokens that stand for single bytes, and for characters of ASCII.
func (t *BPE) setBytes() {
	for b := range t.bytes {
		token := fmt.Appendf(nil, "<0x%02X>", b)
		if t.pre.byteLevel {
			token = utf8.AppendRune(nil, t.alphabet.runes[b])
		}
		t.bytes[b] = t.vocab.id(token)
	}
	for b := range t.ascii {
		t.ascii[b] = t.vocab.id([]byte{byte(b)})
	}
}

// Name returns the name that the tokenizer was opened by.
func (t *BPE) Name() string { return t.name }

// Revision returns the commit of the model cache that the tokenizer is from;
// empty for one that was opened by its path.
func (t *BPE) Revision() string { return t.revision }

// Count returns the number of tokens of text.
func (t *BPE) Count(text string) int {
	w := t.scratch.Get().(*scratch)
	defer t.scratch.Put(w)
	w.ids = t.encode(w.ids[:0], w, text)
	return len(w.ids)
}

// Encode appends the ids of text to dst. Added tokens that stand in text, special
// ones too, are found there; none is put around it. Bytes that are no UTF-8 are
// tokens of their own where the vocabulary has bytes.
func (t *BPE) Encode(dst []int32, text string) []int32 {
	w := t.scratch.Get().(*scratch)
	defer t.scratch.Put(w)
	return t.encode(dst, w, text)
}

func (t *BPE) encode(dst []int32, w *scratch, text string) []int32 {
	token := func(id int32) { dst = append(dst, id) }
	t.raw.cut(text, func(text string, outer int) {
		if t.normalize != nil {
			text = t.normalize(text)
		}
		t.normalized.cut(text, func(text string, inner int) {
			dst = t.words(dst, w, text, outer == 0 && inner == 0)
		}, token)
	}, token)
	return dst
}

// words appends the ids of a text without added tokens.
func (t *BPE) words(dst []int32, w *scratch, text string, first bool) []int32 {
	parts := append(w.parts[:0], text)
	for _, s := range t.pre.stages {
		next := w.next[:0]
		for i, p := range parts {
			next = s.split(next, p, first && i == 0)
		}
		parts, w.next = next, parts
	}
	for _, p := range parts {
		for p != "" {
			n := t.bound.next(p)
			dst = t.word(dst, w, p[:n])
			p = p[n:]
		}
	}
	clear(parts) // so that no text is held
	clear(w.next)
	w.parts = parts
	return dst
}

func (t *BPE) word(dst []int32, w *scratch, word string) []int32 {
	if len(word) > cacheWord {
		return t.merged(dst, w, word)
	}
	c, slot := t.cache.get(word)
	if c != nil {
		return append(dst, c.ids...)
	}
	n := len(dst)
	dst = t.merged(dst, w, word)
	put(slot, word, dst[n:])
	return dst
}

func (t *BPE) merged(dst []int32, w *scratch, word string) []int32 {
	if t.model.ignoreMerges {
		w.buf = w.buf[:0]
		if t.pre.byteLevel {
			w.buf = t.alphabet.write(w.buf, word)
		} else {
			w.buf = append(w.buf, word...)
		}
		if id := t.vocab.id(w.buf); id >= 0 {
			return append(dst, id)
		}
	}
	t.symbols(w, word)
	return t.pairs.merge(dst, w)
}
