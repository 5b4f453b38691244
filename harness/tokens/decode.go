package tokens

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// decoder are the steps that turn tokens to text.
type decoder []func([]string) []string

// Decode returns the text of ids, special tokens among them; ids that stand for
// nothing are left out. Of a byte-level vocabulary it is the text that was
// encoded, byte for byte, where the reference library writes U+FFFD for what is
// no UTF-8, unless the tokenizer normalizes.
func (t *BPE) Decode(ids []int32) string {
	tokens := make([]string, 0, len(ids))
	for _, id := range ids {
		if s, ok := t.extra[id]; ok {
			tokens = append(tokens, s)
		} else if b := t.vocab.token(id); b != nil {
			tokens = append(tokens, string(b))
		}
	}
	if t.decoder == nil {
		return strings.Join(tokens, " ")
	}
	for _, f := range t.decoder {
		tokens = f(tokens)
	}
	return strings.Join(tokens, "")
}

func newDecoder(raw json.RawMessage) (decoder, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var s step
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fmt.Errorf("decoder: %w", err)
	}
	return s.decoder(decoder{})
}

func (s step) decoder(d decoder) (_ decoder, err error) {
	switch s.Type {
	case "Sequence":
		for _, x := range s.Decoders {
			if d, err = x.decoder(d); err != nil {
				return nil, err
			}
		}
		return d, nil
	case "ByteLevel":
		return append(d, newAlphabet().decode), nil
	case "ByteFallback":
		return append(d, byteFallback), nil
	case "Fuse":
		return append(d, func(tokens []string) []string { return []string{strings.Join(tokens, "")} }), nil
	case "Replace":
		find, err := s.Pattern.compile()
		return append(d, each(func(_ int, t string) string { return replaceAll(find, t, s.Content) })), err
	case "Strip":
		return append(d, each(func(_ int, t string) string { return stripped(t, s.Content, s.Start, s.Stop) })), nil
	case "Metaspace":
		m := newMetaspace(stage{Replacement: s.Replacement, PrependScheme: s.PrependScheme, AddPrefixSpace: s.AddPrefix})
		return append(d, each(func(i int, t string) string {
			if i == 0 && m.prepend != "never" {
				return strings.ReplaceAll(t, m.replacement, "")
			}
			return strings.ReplaceAll(t, m.replacement, " ")
		})), nil
	}
	return nil, fmt.Errorf("decoder %q is not supported", s.Type)
}

func each(f func(i int, token string) string) func([]string) []string {
	return func(tokens []string) []string {
		for i := range tokens {
			tokens[i] = f(i, tokens[i])
		}
		return tokens
	}
}

func (a *alphabet) decode(tokens []string) []string {
	var b []byte
	for _, t := range tokens {
		b = a.read(b, t)
	}
	return []string{string(b)}
}

// stripped takes content off, at most so often at either end.
func stripped(s, content string, start, stop int) string {
	if content == "" {
		return s
	}
	for ; start > 0 && strings.HasPrefix(s, content); start-- {
		s = s[len(content):]
	}
	for ; stop > 0 && strings.HasSuffix(s, content); stop-- {
		s = s[:len(s)-len(content)]
	}
	return s
}

// byteFallback puts the bytes of tokens like <0x0A> together; where they are no
// UTF-8, each of a run is U+FFFD.
func byteFallback(tokens []string) []string {
	var out []string
	var run []byte
	flush := func() {
		switch {
		case len(run) == 0:
		case utf8.Valid(run):
			out = append(out, string(run))
		default:
			out = append(out, strings.Repeat("\uFFFD", len(run)))
		}
		run = run[:0]
	}
	for _, t := range tokens {
		if len(t) == 6 && strings.HasPrefix(t, "<0x") && t[5] == '>' {
			if b, err := strconv.ParseUint(t[3:5], 16, 8); err == nil {
				run = append(run, byte(b))
				continue
			}
		}
		flush()
		out = append(out, t)
	}
	flush()
	return out
}
