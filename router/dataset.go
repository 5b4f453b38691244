package router

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dynbench/dynbench/harness/result"
)

// dataset hashes what the requests of a level asked, in their order: messages or
// prompt, and the output length. The model's name, which may differ between
// arms, is no part of it.
func dataset(level string) (string, error) {
	path := filepath.Join(level, result.InputsFile)
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("hash the dataset: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	dec := json.NewDecoder(f)
	// {"data":[ session, session, ... ]}: each session is decoded by itself.
	for range 3 {
		if _, err := dec.Token(); err != nil {
			return "", fmt.Errorf("hash the dataset: %s: %w", path, err)
		}
	}
	for dec.More() {
		var session struct {
			Payloads []struct {
				Messages json.RawMessage `json:"messages"`
				Prompt   json.RawMessage `json:"prompt"`
				Max      json.RawMessage `json:"max_tokens"`
				MaxNew   json.RawMessage `json:"max_completion_tokens"`
			} `json:"payloads"`
		}
		if err := dec.Decode(&session); err != nil {
			return "", fmt.Errorf("hash the dataset: %s: %w", path, err)
		}
		for _, p := range session.Payloads {
			length := p.Max
			if length == nil {
				length = p.MaxNew
			}
			fmt.Fprintf(sum, "%s\x00%s\x00%s\x00", p.Messages, p.Prompt, length)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
