package router

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
)

// rawFile is what AIPerf writes with --export-level raw: every answer as it came.
const rawFile = "profile_export_raw.jsonl"

// ErrNoRecords is in the error of Participate for a folder without records.
var ErrNoRecords = errors.New("no records")

// Participate reads all records below dir, ours (profile_export.jsonl) or those
// that AIPerf wrote raw, and counts the workers that answered measured requests.
// It does not look at minima: see Participation.Check.
func Participate(dir string) (Participation, error) {
	p := Participation{Source: SourceAnswers}
	files, err := recordFiles(dir)
	if err != nil {
		return p, fmt.Errorf("worker participation: %w", err)
	}
	if len(files) == 0 {
		return p, fmt.Errorf("worker participation: %w in %s: neither %s of this tool nor %s of AIPerf", ErrNoRecords, dir, result.RecordsFile, rawFile)
	}
	for _, f := range files {
		if err := p.read(filepath.Join(dir, f)); err != nil {
			return p, fmt.Errorf("worker participation: %w", err)
		}
		p.Files = append(p.Files, filepath.ToSlash(f))
	}
	p.settle()
	return p, nil
}

// recordFiles are the files to read, relative to dir, at most one a folder: what
// AIPerf calls profile_export.jsonl holds no answers, so that its raw file goes
// first. Folders whose name begins with a dot hold what was moved aside.
func recordFiles(dir string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && path != dir && strings.HasPrefix(e.Name(), "."):
			return filepath.SkipDir
		case e.IsDir() || !e.Type().IsRegular():
			return nil
		case e.Name() == result.RecordsFile:
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), rawFile)); err == nil || !ours(path) {
				return nil
			}
		case e.Name() != rawFile:
			return nil
		}
		rel, err := filepath.Rel(dir, path)
		files = append(files, rel)
		return err
	})
	slices.Sort(files)
	return files, err
}

// ours says that the first line of a file is a record of this tool.
func ours(path string) bool {
	for _, err := range record.ReadFile(path) {
		return err == nil
	}
	return false
}

func (p *Participation) read(path string) error {
	if filepath.Base(path) == rawFile {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := p.readRaw(f); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return nil
	}
	for r, err := range record.ReadFile(path) {
		if errors.Is(err, record.ErrTorn) {
			return nil // cut off by a kill; what stands before it is whole
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if r.Phase == record.Measured {
			p.add(&r)
		}
	}
	return nil
}

// rawRecord is what matters of a line of AIPerf's raw export.
type rawRecord struct {
	Metadata struct {
		Phase *string `json:"benchmark_phase"`
	} `json:"metadata"`
	Responses []json.RawMessage `json:"responses"`
}

// readRaw reads lines of AIPerf's raw export.
func (p *Participation) readRaw(r io.Reader) error {
	br := bufio.NewReaderSize(r, 1<<16)
	for n := 1; ; n++ {
		line, readErr := br.ReadBytes('\n')
		if readErr != nil && !errors.Is(readErr, io.EOF) {
			return readErr
		}
		if text := bytes.TrimSpace(line); len(text) > 0 {
			var rec rawRecord
			if err := json.Unmarshal(text, &rec); err != nil {
				return fmt.Errorf("line %d: %w", n, err)
			}
			p.addRaw(rec)
		}
		if readErr != nil {
			return nil
		}
	}
}

// addRaw counts one measured request. AIPerf's usage is a line of the answers
// too: the last one that has it counts.
func (p *Participation) addRaw(rec rawRecord) {
	if ph := rec.Metadata.Phase; ph != nil && *ph != record.Measured.String() {
		return
	}
	p.Requests++
	workers := map[WorkerShare]bool{}
	var usage rawUsage
	for _, r := range rec.Responses {
		for _, payload := range payloads(r) {
			var said struct {
				Nvext json.RawMessage `json:"nvext"`
				Usage json.RawMessage `json:"usage"`
			}
			if json.Unmarshal(payload, &said) != nil {
				continue
			}
			var u rawUsage
			if len(said.Usage) > 0 && json.Unmarshal(said.Usage, &u) == nil {
				usage = u
			}
			for _, w := range workersIn(said.Nvext) {
				workers[w] = true
			}
		}
	}
	if len(workers) > 0 {
		p.WithID++
	}
	for w := range workers {
		s := p.share(w.ID, w.Role)
		s.Requests++
		s.Input += usage.Prompt
		s.Output += usage.Completion
		s.Cached += usage.Details.Cached
	}
}

type rawUsage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Details    struct {
		Cached int `json:"cached_tokens"`
	} `json:"prompt_tokens_details"`
}

// payloads are the JSON texts of one answer: its text, and the data of its
// server-sent events.
func payloads(response json.RawMessage) [][]byte {
	var r struct {
		Text    any `json:"text"`
		Packets []struct {
			Name  any `json:"name"`
			Value any `json:"value"`
		} `json:"packets"`
	}
	if json.Unmarshal(response, &r) != nil {
		return nil
	}
	var out [][]byte
	if s, ok := r.Text.(string); ok {
		out = append(out, []byte(s))
	}
	for _, p := range r.Packets {
		if s, ok := p.Value.(string); ok && p.Name == "data" {
			out = append(out, []byte(s))
		}
	}
	return out
}

// workersIn are the workers that nvext names. Ids are numbers, which may exceed
// what a float holds, or strings.
func workersIn(nvext json.RawMessage) []WorkerShare {
	var v struct {
		Worker struct {
			Prefill json.RawMessage `json:"prefill_worker_id"`
			Decode  json.RawMessage `json:"decode_worker_id"`
		} `json:"worker_id"`
	}
	if len(nvext) == 0 || json.Unmarshal(nvext, &v) != nil {
		return nil
	}
	var out []WorkerShare
	for _, w := range []struct {
		role string
		id   json.RawMessage
	}{{RolePrefill, v.Worker.Prefill}, {RoleDecode, v.Worker.Decode}} {
		if id, ok := workerID(w.id); ok {
			out = append(out, WorkerShare{ID: id, Role: w.role})
		}
	}
	return out
}

func workerID(raw json.RawMessage) (string, bool) {
	var s string
	if json.Unmarshal(raw, &s) == nil && len(raw) > 0 && raw[0] == '"' {
		return s, true
	}
	var n json.Number
	if len(raw) == 0 || raw[0] == '"' || json.Unmarshal(raw, &n) != nil || n == "" {
		return "", false
	}
	return n.String(), true
}
