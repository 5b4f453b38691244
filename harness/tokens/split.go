package tokens

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// splitter is a pre-tokenizer: it appends the parts of text to dst, none of
// them empty. first says that text begins where the whole text does.
type splitter interface {
	split(dst []string, text string, first bool) []string
}

// stage is a pre-tokenizer as the file writes it.
type stage struct {
	Type           string   `json:"type"`
	Pretokenizers  []stage  `json:"pretokenizers"`
	AddPrefixSpace *bool    `json:"add_prefix_space"`
	UseRegex       *bool    `json:"use_regex"`
	Pattern        *pattern `json:"pattern"`
	Behavior       string   `json:"behavior"`
	Invert         bool     `json:"invert"`
	Individual     bool     `json:"individual_digits"`
	Replacement    string   `json:"replacement"`
	PrependScheme  string   `json:"prepend_scheme"`
	Split          *bool    `json:"split"`
}

// pattern is a text to find, or a regular expression.
type pattern struct {
	String *string
	Regex  *string
}

func (p *pattern) compile() (finder, error) {
	switch {
	case p != nil && p.Regex != nil:
		return newRegex(*p.Regex)
	case p != nil && p.String != nil && *p.String != "":
		return literal(*p.String), nil
	}
	return nil, fmt.Errorf("a pattern that is neither String nor Regex")
}

// pipeline are the pre-tokenizers of a file in their order.
type pipeline struct {
	stages    []splitter
	byteLevel bool // tokens are of bytes; nothing may follow the stage that says so
	classes   *classes
}

func newPipeline(raw json.RawMessage) (pipeline, error) {
	var p pipeline
	if len(raw) == 0 || string(raw) == "null" {
		return p, nil
	}
	var s stage
	if err := json.Unmarshal(raw, &s); err != nil {
		return p, fmt.Errorf("pre_tokenizer: %w", err)
	}
	p.classes = allClasses()
	return p, p.add(s)
}

func (p *pipeline) add(s stage) error {
	if p.byteLevel {
		return fmt.Errorf("pre_tokenizer %s after ByteLevel is not supported", s.Type)
	}
	switch s.Type {
	case "Sequence":
		for _, x := range s.Pretokenizers {
			if err := p.add(x); err != nil {
				return err
			}
		}
	case "ByteLevel":
		if s.AddPrefixSpace == nil || *s.AddPrefixSpace {
			p.stages = append(p.stages, blankBefore{})
		}
		if s.UseRegex == nil || *s.UseRegex {
			p.stages = append(p.stages, byHand{gpt2, p.classes})
		}
		p.byteLevel = true
	case "Split":
		return p.addSplit(s)
	case "Digits":
		how := contiguous
		if s.Individual {
			how = isolated
		}
		p.stages = append(p.stages, delimited{find: runes{p.classes, isNumeral}, how: how})
	case "Metaspace":
		p.stages = append(p.stages, newMetaspace(s))
	case "WhitespaceSplit":
		p.stages = append(p.stages, delimited{find: runes{p.classes, isSpace}, how: removed})
	case "Punctuation":
		how, err := parseBehavior(s.Behavior)
		p.stages = append(p.stages, delimited{find: runes{p.classes, isPunct}, how: how})
		return err
	default:
		return fmt.Errorf("pre_tokenizer %q is not supported", s.Type)
	}
	return nil
}

func (p *pipeline) addSplit(s stage) error {
	how, err := parseBehavior(s.Behavior)
	if err != nil {
		return err
	}
	// Removing what is not matched is isolating, of patterns that match it all.
	if s.Pattern != nil && s.Pattern.Regex != nil && (how == isolated || how == removed && s.Invert) {
		if m, all := known(*s.Pattern.Regex); m != nil && (all || how == isolated) {
			p.stages = append(p.stages, byHand{m, p.classes})
			return nil
		}
	}
	find, err := s.Pattern.compile()
	p.stages = append(p.stages, delimited{find: find, how: how, invert: s.Invert})
	return err
}

// byHand isolates the matches of a known pattern.
type byHand struct {
	match   match
	classes *classes
}

func (b byHand) split(dst []string, s string, _ bool) []string {
	gap := 0 // what no match took begins here
	for i := 0; i < len(s); {
		end := b.match(b.classes, s, i)
		if end == i {
			_, n := utf8.DecodeRuneInString(s[i:])
			i += n
			continue
		}
		if gap < i {
			dst = append(dst, s[gap:i])
		}
		dst = append(dst, s[i:end])
		i, gap = end, end
	}
	if gap < len(s) {
		dst = append(dst, s[gap:])
	}
	return dst
}

// blankBefore puts a blank before a text that begins with none.
type blankBefore struct{}

func (blankBefore) split(dst []string, s string, _ bool) []string {
	if s != "" && s[0] != ' ' {
		s = " " + s
	}
	return append(dst, s)
}

// metaspace writes ▁ for blanks and cuts before each.
type metaspace struct {
	replacement string
	prepend     string // always, first, never
	cut         bool
}

func newMetaspace(s stage) metaspace {
	m := metaspace{replacement: s.Replacement, prepend: s.PrependScheme, cut: s.Split == nil || *s.Split}
	if m.prepend == "" {
		m.prepend = "always"
	}
	if s.AddPrefixSpace != nil && !*s.AddPrefixSpace {
		m.prepend = "never"
	}
	if m.replacement == "" {
		m.replacement = "▁"
	}
	return m
}

func (m metaspace) split(dst []string, s string, first bool) []string {
	s = strings.ReplaceAll(s, " ", m.replacement)
	if (m.prepend == "always" || m.prepend == "first" && first) && !strings.HasPrefix(s, m.replacement) {
		s = m.replacement + s
	}
	if !m.cut {
		return append(dst, s)
	}
	return delimited{find: literal(m.replacement), how: mergedWithNext}.split(dst, s, first)
}
