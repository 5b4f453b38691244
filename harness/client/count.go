package client

import (
	"encoding/json"
	"slices"

	"github.com/dynbench/dynbench/harness/record"
)

// maxHeard bounds the text of one answer that is kept for its tokens to be
// counted; a longer one is counted by its content events.
const maxHeard = 16 << 20

// Count counts the tokens of an answer that came without usage, where its text
// was kept, and lets go of the text. It takes the time of the tokenizer, so it is
// called once the request is out of the way of others; until then the record has
// its content events for tokens. It is safe for concurrent use.
func (c *Client) Count(rec *record.Record) {
	said := rec.Said
	rec.Said = nil
	if said == nil || c.cfg.Tokenizer == nil {
		return
	}
	output, err := unquote(slices.Concat(said.Text, said.Tools))
	if err != nil {
		return // a broken event that looked whole: its tokens are not known
	}
	reasoning, err := unquote(said.Reasoning)
	if err != nil {
		return
	}
	rec.Output, rec.Reasoning = c.cfg.Tokenizer.Count(output), c.cfg.Tokenizer.Count(reasoning)
	rec.OutputSource = record.Tokenizer
}

// listen keeps what a content event says, as it stands in the event.
func (t *tally) listen(c *chunk) {
	t.append(&t.heard.Text, c.said)
	if !t.hear {
		return
	}
	t.append(&t.heard.Tools, c.called)
	t.append(&t.heard.Reasoning, c.thought)
	if t.heard.Size() > maxHeard {
		t.hear = false
		t.heard.Tools, t.heard.Reasoning = nil, nil
		if !t.keep {
			t.heard.Text = nil
		}
	}
}

// append adds the inside of a JSON string. The first makes room for the answer
// that was asked for.
func (t *tally) append(to *[]byte, s []byte) {
	if len(s) <= len(`""`) {
		return
	}
	if *to == nil {
		*to = make([]byte, 0, min(max(bytesPerToken*t.rec.Wanted, 64), 1<<16))
	}
	*to = append(*to, s[1:len(s)-1]...)
}

// bytesPerToken is enough for most texts.
const bytesPerToken = 6

// said is the text of the answer, if it was to be kept.
func (t *tally) said() string {
	if !t.keep {
		return ""
	}
	text, _ := unquote(t.heard.Text) // of an answer that is broken, none
	return text
}

// unquote reads the inside of a JSON string.
func unquote(inside []byte) (text string, err error) {
	if len(inside) == 0 {
		return "", nil
	}
	quoted := append(append(make([]byte, 0, len(inside)+2), '"'), inside...)
	err = json.Unmarshal(append(quoted, '"'), &text)
	return text, err
}
