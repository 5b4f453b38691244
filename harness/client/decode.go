package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

type object = map[string]json.RawMessage

// decode classifies the event in data by encoding/json; an error means broken
// JSON. Valid JSON of another shape holds nothing.
func decode(data []byte) (chunk, error) {
	var c chunk
	if !json.Valid(data) {
		return c, errors.New("broken JSON")
	}
	top := objectOf(data)
	for i, raw := range listOf(top["choices"]) {
		choice := objectOf(raw)
		for _, key := range []string{"delta", "message"} {
			c.delta(objectOf(choice[key]), i == 0)
		}
		add(textOf(choice["text"]), &c.text, &c.said, i == 0)
		c.finish = c.finish || textOf(choice["finish_reason"]) != ""
	}
	for _, key := range []string{"usage", "usageMetadata"} {
		if u := objectOf(top[key]); len(u) > 0 {
			c.usage = top[key]
		}
	}
	if raw := top["error"]; raw != nil && !none(raw) {
		c.fault = raw
	} else if textOf(top["object"]) == "error" {
		c.fault = data
	}
	c.nvext, c.timings = isObject(top["nvext"]), isObject(top["timings"])
	return c, nil
}

func (c *chunk) delta(d object, keep bool) {
	add(textOf(d["content"]), &c.text, &c.said, keep)
	for _, part := range listOf(d["content"]) {
		p := objectOf(part)
		add(textOf(p["text"]), &c.text, &c.said, keep)
		add(textOf(p["thinking"]), &c.reasoning, &c.thought, keep)
	}
	thought := textOf(d["reasoning_content"])
	if thought == "" {
		thought = textOf(d["reasoning"])
	}
	add(thought, &c.reasoning, &c.thought, keep)
	c.call(objectOf(d["function_call"]), keep)
	for _, raw := range listOf(d["tool_calls"]) {
		c.call(objectOf(objectOf(raw)["function"]), keep)
	}
}

func (c *chunk) call(f object, keep bool) {
	add(textOf(f["name"]), &c.tool, &c.called, keep)
	add(textOf(f["arguments"]), &c.tool, &c.called, keep)
}

// add tells in has of a text that is not empty, and appends it to kept, a JSON
// string, where keep says so.
func add(text string, has *bool, kept *[]byte, keep bool) {
	if text == "" {
		return
	}
	*has = true
	if keep {
		*kept, _ = json.Marshal(textOf(*kept) + text) // a string never fails
	}
}

// objectOf, listOf and textOf read a value of that sort; another is empty.

func objectOf(raw json.RawMessage) object {
	if isObject(raw) == nil {
		return nil
	}
	var o object
	_ = json.Unmarshal(raw, &o)
	return o
}

func isObject(raw json.RawMessage) []byte {
	if raw = bytes.TrimSpace(raw); len(raw) > 0 && raw[0] == '{' {
		return raw
	}
	return nil
}

func listOf(raw json.RawMessage) []json.RawMessage {
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || raw[0] != '[' {
		return nil
	}
	var l []json.RawMessage
	_ = json.Unmarshal(raw, &l)
	return l
}

func textOf(raw json.RawMessage) string {
	if len(raw) == 0 || raw[0] != '"' {
		return ""
	}
	var s string
	_ = json.Unmarshal(raw, &s)
	return s
}

// complaint reads the message and the type that a server gives with an error:
// {"error": {"message", "type"}}, {"error": "..."}, {"message"}, {"detail"}, or
// the text itself.
func complaint(raw []byte) (message, kind string) {
	o := objectOf(raw)
	if o == nil {
		if s := textOf(bytes.TrimSpace(raw)); s != "" {
			return s, ""
		}
		return strings.TrimSpace(string(raw)), ""
	}
	if inner := o["error"]; len(inner) > 0 && !none(inner) {
		return complaint(inner)
	}
	for _, key := range []string{"message", "detail", "msg"} {
		if s := textOf(o[key]); s != "" {
			return s, textOf(o["type"])
		}
	}
	return strings.TrimSpace(string(raw)), textOf(o["type"])
}
