package tokens

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// file is a tokenizer.json with its large sections still text of cur.
type file struct {
	cur                               cursor
	added                             []addedToken
	normalizer, preTokenizer, decoder json.RawMessage
	model                             model
	vocab                             []vocabEntry
	merges                            [][2]span
	hasModel                          bool
}

// model are the small fields of the section of that name.
type model struct {
	kind                       string
	unk, prefix, suffix        string
	hasUnk, fuseUnk            bool
	byteFallback, ignoreMerges bool
	dropout                    json.RawMessage
}

type vocabEntry struct {
	token span
	id    int32
}

// addedToken is one that is cut out of the text before all else.
type addedToken struct {
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
	Special    bool   `json:"special"`

	id int32
}

// spareIDs is how far the ids of a vocabulary may go beyond the length of its
// file, which bounds the memory of one that lies.
const spareIDs = 1 << 16

func readFile(data []byte) (*file, error) {
	if len(data) > maxJSON {
		return nil, fmt.Errorf("%d bytes: a tokenizer.json of more than %d is not read", len(data), maxJSON)
	}
	f := &file{cur: cursor{data: data}}
	c := &f.cur
	err := c.object(func(key span) (err error) {
		switch string(c.text(key)) {
		case "added_tokens":
			return f.readAdded()
		case "normalizer":
			f.normalizer, err = c.raw()
		case "pre_tokenizer":
			f.preTokenizer, err = c.raw()
		case "decoder":
			f.decoder, err = c.raw()
		case "model":
			f.hasModel = true
			return f.readModel()
		default:
			_, err = c.raw()
		}
		return err
	})
	if err == nil && !f.hasModel {
		err = fmt.Errorf("no section model")
	}
	return f, err
}

func (f *file) readAdded() error {
	c := &f.cur
	if c.peek() == 'n' {
		_, err := c.raw()
		return err
	}
	return c.array(func() error {
		var t addedToken
		err := c.object(func(key span) (err error) {
			var to *bool
			switch string(c.text(key)) {
			case "content":
				t.Content, err = c.string()
				return err
			case "single_word":
				to = &t.SingleWord
			case "lstrip":
				to = &t.LStrip
			case "rstrip":
				to = &t.RStrip
			case "normalized":
				to = &t.Normalized
			case "special":
				to = &t.Special
			}
			v, err := c.raw()
			if to != nil {
				*to = string(v) == "true"
			}
			return err
		})
		f.added = append(f.added, t)
		return err
	})
}

func (c *cursor) string() (string, error) {
	s, err := c.str()
	return string(c.text(s)), err
}

func (f *file) readModel() error {
	c := &f.cur
	small := map[string]json.RawMessage{}
	err := c.object(func(key span) (err error) {
		switch name := string(c.text(key)); name {
		case "vocab":
			if c.peek() != '{' {
				return f.otherModel(small)
			}
			return f.readVocab()
		case "merges":
			return f.readMerges()
		default:
			small[name], err = c.raw()
			return err
		}
	})
	if err != nil {
		return err
	}
	return f.model.set(small)
}

// otherModel is the error for a vocabulary that is no object: a Unigram's.
func (f *file) otherModel(small map[string]json.RawMessage) error {
	kind := "that is not BPE"
	if k, ok := small["type"]; ok {
		kind = string(k)
	}
	return fmt.Errorf("model %s is not supported, only BPE", kind)
}

func (m *model) set(fields map[string]json.RawMessage) error {
	for name, to := range map[string]any{
		"type": &m.kind, "unk_token": &m.unk, "continuing_subword_prefix": &m.prefix, "end_of_word_suffix": &m.suffix,
		"fuse_unk": &m.fuseUnk, "byte_fallback": &m.byteFallback, "ignore_merges": &m.ignoreMerges, "dropout": &m.dropout,
	} {
		v, ok := fields[name]
		if !ok || string(v) == "null" {
			continue
		}
		if err := json.Unmarshal(v, to); err != nil {
			return fmt.Errorf("model.%s: %w", name, err)
		}
		m.hasUnk = m.hasUnk || name == "unk_token"
	}
	if m.kind != "" && m.kind != "BPE" {
		return fmt.Errorf("model %q is not supported, only BPE", m.kind)
	}
	if len(m.dropout) > 0 && string(m.dropout) != "0" && string(m.dropout) != "0.0" {
		return fmt.Errorf("model.dropout %s: an encoding that is drawn at random has no exact count", m.dropout)
	}
	return nil
}

func (f *file) readVocab() error {
	c := &f.cur
	f.vocab = make([]vocabEntry, 0, len(c.data)/64)
	return c.object(func(key span) error {
		id, err := c.number()
		if err == nil && id >= spareIDs+len(c.data) {
			err = fmt.Errorf("token %q has the id %d: a file of %d bytes has not so many", c.text(key), id, len(c.data))
		}
		f.vocab = append(f.vocab, vocabEntry{key, int32(id)})
		return err
	})
}

// readMerges reads both forms: "a b", and ["a", "b"].
func (f *file) readMerges() error {
	c := &f.cur
	f.merges = make([][2]span, 0, len(c.data)/64)
	return c.array(func() error {
		var pair [2]span
		var err error
		if c.peek() == '[' {
			n := 0
			err = c.array(func() (err error) {
				if n == 2 {
					return c.fail("a merge of more than two parts")
				}
				pair[n], err = c.str()
				n++
				return err
			})
			if err == nil && n != 2 {
				err = c.fail("a merge of less than two parts")
			}
		} else {
			var s span
			if s, err = c.str(); err != nil {
				return err
			}
			text := c.text(s)
			if bytes.HasPrefix(text, []byte("#version")) {
				return nil
			}
			k := bytes.IndexByte(text, ' ')
			if k < 0 || bytes.IndexByte(text[k+1:], ' ') >= 0 {
				return c.fail("a merge that is not two parts with a blank between")
			}
			pair = [2]span{{s.off, uint32(k)}, {s.off + uint32(k) + 1, s.n - uint32(k) - 1}}
		}
		f.merges = append(f.merges, pair)
		return err
	})
}
