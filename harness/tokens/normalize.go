package tokens

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// normalizer changes a text before it is split.
type normalizer func(string) string

// step is a normalizer or a decoder as the file writes it.
type step struct {
	Type          string   `json:"type"`
	Normalizers   []step   `json:"normalizers"`
	Decoders      []step   `json:"decoders"`
	Pattern       *pattern `json:"pattern"`
	Content       string   `json:"content"`
	Prepend       string   `json:"prepend"`
	StripLeft     bool     `json:"strip_left"`
	StripRight    bool     `json:"strip_right"`
	Start         int      `json:"start"`
	Stop          int      `json:"stop"`
	Replacement   string   `json:"replacement"`
	PrependScheme string   `json:"prepend_scheme"`
	AddPrefix     *bool    `json:"add_prefix_space"`
}

// newNormalizer returns nil for one that changes nothing.
func newNormalizer(raw json.RawMessage) (normalizer, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var s step
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fmt.Errorf("normalizer: %w", err)
	}
	return s.normalizer()
}

func (s step) normalizer() (normalizer, error) {
	switch s.Type {
	case "Sequence":
		return sequence(s.Normalizers)
	case "NFC":
		return form{norm.NFC, norm.NFD, true}.apply, nil
	case "NFD":
		return form{norm.NFD, norm.NFD, false}.apply, nil
	case "NFKC":
		return form{norm.NFKC, norm.NFKD, true}.apply, nil
	case "NFKD":
		return form{norm.NFKD, norm.NFKD, false}.apply, nil
	case "Lowercase":
		return lowercase, nil
	case "Strip":
		return func(text string) string {
			if s.StripLeft {
				text = strings.TrimLeftFunc(text, unicode.IsSpace)
			}
			if s.StripRight {
				text = strings.TrimRightFunc(text, unicode.IsSpace)
			}
			return text
		}, nil
	case "Prepend":
		return func(text string) string {
			if text == "" {
				return ""
			}
			return s.Prepend + text
		}, nil
	case "Replace":
		find, err := s.Pattern.compile()
		return func(text string) string { return replaceAll(find, text, s.Content) }, err
	}
	return nil, fmt.Errorf("normalizer %q is not supported", s.Type)
}

func sequence(steps []step) (normalizer, error) {
	var all []normalizer
	for _, x := range steps {
		n, err := x.normalizer()
		if err != nil {
			return nil, err
		}
		if n != nil {
			all = append(all, n)
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	return func(text string) string {
		for _, n := range all {
			text = n(text)
		}
		return text
	}, nil
}

// lowercase maps each rune by itself, so that a final sigma is any other.
func lowercase(s string) string {
	return strings.ReplaceAll(strings.Map(func(r rune) rune {
		if r == 'İ' { // the one rune that becomes two
			return r
		}
		return unicode.ToLower(r)
	}, s), "İ", "i̇")
}
