package trace

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Line is one prompt, as AIPerf's single_turn lines have it.
type Line struct {
	Text         string         // "text", or "texts" joined by newlines
	OutputLength int            // "output_length", tokens; 0: not given
	Extra        map[string]any // "extra": over the body's top level
}

// refused are keys of AIPerf that mean something which is not done here.
var refused = [...]string{
	"timestamp", "delay", "session_id", "turns", "hash_ids", "input_length",
	"image", "images", "audio", "audios", "video", "videos", "model",
}

// mostErrors is how many wrong lines an error names.
const mostErrors = 5

// Parse reads JSON lines; empty ones are passed over. The error names the first
// lines that are wrong, and a file without a prompt is one too.
func Parse(raw []byte) ([]Line, error) {
	var lines []Line
	var errs []error
	n := 0
	for text := range bytes.Lines(raw) {
		n++
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		l, err := parseLine(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("line %d: %w", n, err))
			if len(errs) == mostErrors {
				break
			}
		}
		lines = append(lines, l)
	}
	if len(lines) == 0 {
		return nil, errors.New("no prompt in it")
	}
	return lines, errors.Join(errs...)
}

func parseLine(text []byte) (l Line, err error) {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(text, &keys); err != nil || keys == nil {
		return l, errors.New(`want a JSON object such as {"text": "..."}`)
	}
	var texts []string
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if string(keys[key]) == "null" {
			continue
		}
		if err := l.set(key, keys[key], &texts); err != nil {
			return l, err
		}
	}
	switch {
	case l.Text != "" && texts != nil:
		return l, errors.New("text and texts exclude each other")
	case texts != nil:
		l.Text = strings.Join(texts, "\n")
	}
	if l.Text == "" {
		return l, errors.New("no text")
	}
	return l, nil
}

// set reads the value of one key.
func (l *Line) set(key string, value json.RawMessage, texts *[]string) error {
	var word string
	switch key {
	case "text":
		return decode(key, "a string", value, &l.Text)
	case "texts":
		return decode(key, "a list of strings", value, texts)
	case "extra":
		return decode(key, "an object", value, &l.Extra)
	case "output_length":
		if err := decode(key, "a number of tokens", value, &l.OutputLength); err != nil {
			return err
		}
		if l.OutputLength < 1 {
			return fmt.Errorf("output_length %d: want at least 1 token", l.OutputLength)
		}
		return nil
	case "role", "type":
		want := map[string]string{"role": "user", "type": "single_turn"}[key]
		if err := decode(key, want, value, &word); err != nil {
			return err
		}
		if word != want {
			return fmt.Errorf("%s %q: want %s", key, word, want)
		}
		return nil
	}
	if slices.Contains(refused[:], key) {
		return fmt.Errorf("key %q is not supported", key)
	}
	return fmt.Errorf("key %q is not known", key)
}

func decode(key, want string, value json.RawMessage, to any) error {
	if json.Unmarshal(value, to) != nil {
		return fmt.Errorf("%s: want %s", key, want)
	}
	return nil
}
