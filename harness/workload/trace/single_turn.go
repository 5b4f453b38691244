// Package trace asks what a file says: prompts of the user's own. Its files are
// AIPerf's, so that one serves both.
package trace

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/dynbench/dynbench/harness/tokens"
	"github.com/dynbench/dynbench/harness/workload"
)

// SingleTurn asks the prompts of a file, one a line, in the order of the file;
// its source ends with the file. Each level and repeat starts at the first line.
// Read makes one that holds the file's content; without Read each Open reads it.
type SingleTurn struct {
	Path string
	OSL  int // output tokens of lines that name none; 0: the server's default
	// Completions asks by prompt instead of by chat messages.
	Completions bool

	file *file
}

// file is the content of a file that was read.
type file struct {
	lines  []Line
	sha256 string
}

// Read reads and checks the whole file. The error names the first lines that
// are wrong.
func Read(path string) (SingleTurn, error) {
	f, err := read(path)
	return SingleTurn{Path: path, file: f}, err
}

func read(path string) (*file, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("prompts: %w", err)
	}
	lines, err := Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("prompts of %s: %w", path, err)
	}
	sum := sha256.Sum256(raw)
	return &file{lines: lines, sha256: hex.EncodeToString(sum[:])}, nil
}

func (s SingleTurn) content() (*file, error) {
	if s.file != nil {
		return s.file, nil
	}
	return read(s.Path)
}

// Validate reads the file if that was not done before.
func (s SingleTurn) Validate() error {
	_, err := s.content()
	if s.OSL < 0 {
		err = errors.Join(err, fmt.Errorf("OSL %d: want 0 or more tokens", s.OSL))
	}
	return err
}

// String tells files of different content apart, wherever they lie.
func (s SingleTurn) String() string {
	f, err := s.content()
	if err != nil {
		return fmt.Sprintf("single_turn(%s)", filepath.Base(s.Path))
	}
	return fmt.Sprintf("single_turn(%s, %d prompts, OSL %d, SHA-256 %.16s)", filepath.Base(s.Path), len(f.lines), s.OSL, f.sha256)
}

// Prompts returns the number of prompts and the SHA-256 of the file in hex.
func (s SingleTurn) Prompts() (n int, sum string, err error) {
	f, err := s.content()
	if err != nil {
		return 0, "", err
	}
	return len(f.lines), f.sha256, nil
}

// Open returns a source that ends with the file. Of several shards, each asks
// every so many lines.
func (s SingleTurn) Open(_ context.Context, scope workload.Scope) (workload.Source, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	f, err := s.content()
	if err != nil {
		return nil, err
	}
	if scope.Tokenizer == nil {
		scope.Tokenizer = tokens.Approx{}
	}
	return &source{spec: s, lines: f.lines, tokenizer: scope.Tokenizer, next: scope.Shard, step: max(scope.Shards, 1)}, nil
}

type source struct {
	spec       SingleTurn
	lines      []Line
	tokenizer  tokens.Tokenizer
	next, step int
}

func (s *source) Next(ctx context.Context) (workload.Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.next >= len(s.lines) {
		return nil, io.EOF
	}
	l := s.lines[s.next]
	s.next += s.step
	req := &workload.Request{InputTokens: s.tokenizer.Count(l.Text), MaxTokens: l.OutputLength, Extra: l.Extra}
	if req.MaxTokens == 0 {
		req.MaxTokens = s.spec.OSL
	}
	if s.spec.Completions {
		req.Prompt = l.Text
	} else {
		req.Messages = []workload.Message{{Role: "user", Content: l.Text}}
	}
	return workload.Single(req), nil
}
