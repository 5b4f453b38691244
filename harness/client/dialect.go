package client

import (
	"fmt"
	"strings"
)

// Dialect is the set of body fields that ask for an exact output length and
// for the server's token counts. Servers differ in which they accept; Probe
// finds out. The length fields are sent with requests that want a length.
type Dialect struct {
	MaxTokens           bool `json:"max_tokens"`
	MaxCompletionTokens bool `json:"max_completion_tokens"`
	MinTokens           bool `json:"min_tokens"`
	IgnoreEOS           bool `json:"ignore_eos"`
	NvextIgnoreEOS      bool `json:"nvext_ignore_eos"` // {"nvext": {"ignore_eos": true}}
	IncludeUsage        bool `json:"include_usage"`    // {"stream_options": {"include_usage": true}}
}

// FullDialect sends every field: what Probe starts from to learn what a server
// takes.
func FullDialect() Dialect { return Dialect{true, true, true, true, true, true} }

// ParseDialect returns the dialect of the name: "full", "dynamo", "vllm" or
// "openai".
func ParseDialect(name string) (Dialect, error) {
	switch strings.ToLower(name) {
	case "full":
		return FullDialect(), nil
	case "dynamo":
		return Dialect{MaxTokens: true, MinTokens: true, IgnoreEOS: true, NvextIgnoreEOS: true, IncludeUsage: true}, nil
	case "vllm":
		return Dialect{MaxTokens: true, MinTokens: true, IgnoreEOS: true, IncludeUsage: true}, nil
	case "openai":
		return Dialect{MaxCompletionTokens: true, IncludeUsage: true}, nil
	}
	return Dialect{}, fmt.Errorf("unknown dialect %q: full, dynamo, vllm or openai", name)
}

// field is one member of a Dialect: its switch and how servers name it.
type field struct {
	name string
	on   func(*Dialect) *bool
}

// nvextIgnoreEOS is one field of Dynamo's extension, which has others that are
// not a dialect's business and go out whatever it says (Config.Extra).
const nvextIgnoreEOS = "nvext.ignore_eos"

// fields are in the order in which a refusal that could mean several is tried.
func fields() []field {
	return []field{
		{nvextIgnoreEOS, func(d *Dialect) *bool { return &d.NvextIgnoreEOS }},
		{"ignore_eos", func(d *Dialect) *bool { return &d.IgnoreEOS }},
		{"min_tokens", func(d *Dialect) *bool { return &d.MinTokens }},
		{"max_completion_tokens", func(d *Dialect) *bool { return &d.MaxCompletionTokens }},
		{"max_tokens", func(d *Dialect) *bool { return &d.MaxTokens }},
		{"stream_options", func(d *Dialect) *bool { return &d.IncludeUsage }},
	}
}

// Fields lists the names of the fields that are sent.
func (d Dialect) Fields() []string {
	var names []string
	for _, f := range fields() {
		if *f.on(&d) {
			names = append(names, f.name)
		}
	}
	return names
}

func (d Dialect) String() string {
	if names := d.Fields(); len(names) > 0 {
		return strings.Join(names, ", ")
	}
	return "none"
}

// without lists the fields of a that b lacks.
func without(a, b Dialect) []string {
	var names []string
	for _, f := range fields() {
		if *f.on(&a) && !*f.on(&b) {
			names = append(names, f.name)
		}
	}
	return names
}

// least returns the smallest dialects that ask for a length as d does.
func (d Dialect) least() []Dialect {
	var out []Dialect
	if d.MaxTokens {
		out = append(out, Dialect{MaxTokens: true})
	}
	if d.MaxCompletionTokens {
		out = append(out, Dialect{MaxCompletionTokens: true})
	}
	if out == nil {
		out = append(out, Dialect{})
	}
	return out
}

// lastLength tells that without f nothing would ask for a length.
func (d Dialect) lastLength(f field) bool {
	*f.on(&d) = false
	return f.name[:4] == "max_" && !d.MaxTokens && !d.MaxCompletionTokens
}

// blamed returns the field of d that a server's message names first; false if
// it names none. A bare ignore_eos may mean the one in nvext, which goes first.
func (d Dialect) blamed(message string) (field, bool) {
	best, at := field{}, len(message)
	for _, f := range fields() {
		if !*f.on(&d) {
			continue
		}
		names := []string{f.name}
		switch f.name {
		case nvextIgnoreEOS:
			names = append(names, "nvext", "ignore_eos")
		case "stream_options":
			names = append(names, "include_usage")
		}
		for _, name := range names {
			if i := wordIndex(message, name); i >= 0 && i < at {
				best, at = f, i
			}
		}
	}
	return best, best.on != nil
}

// wordIndex is where word stands in s as a whole word, or -1.
func wordIndex(s, word string) int {
	for from := 0; ; {
		i := strings.Index(s[from:], word)
		if i < 0 {
			return -1
		}
		i += from
		if !letterAt(s, i-1) && !letterAt(s, i+len(word)) {
			return i
		}
		from = i + 1
	}
}

func letterAt(s string, i int) bool {
	return i >= 0 && i < len(s) && (s[i] == '_' || s[i] >= '0' && s[i] <= '9' || s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z')
}
