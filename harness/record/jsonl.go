package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
)

// Encoder appends the line of one record, without the newline, to dst. A line
// is a JSON object with the record itself under the key "dynbench"; other keys
// are for other readers.
type Encoder func(dst []byte, r *Record) ([]byte, error)

// Line is the plainest Encoder: the record alone.
func Line(dst []byte, r *Record) ([]byte, error) {
	b, err := json.Marshal(struct {
		Record *Record `json:"dynbench"`
	}{r})
	return append(dst, b...), err
}

// Writer is a Sink that appends one line a record to a file. Each line reaches
// the operating system before Put returns, so that a killed process loses
// nothing that it has put.
type Writer struct {
	file   *os.File
	encode Encoder
	buf    []byte
}

// Create starts a file that must not exist yet.
func Create(path string, encode Encoder) (*Writer, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("create record file: %w", err)
	}
	return &Writer{file: f, encode: encode}, nil
}

// Put appends the line of r.
func (w *Writer) Put(r Record) error {
	line, err := w.encode(w.buf[:0], &r)
	if err != nil {
		return fmt.Errorf("encode record %d: %w", r.ID, err)
	}
	w.buf = append(line, '\n')
	if _, err := w.file.Write(w.buf); err != nil {
		return fmt.Errorf("append record %d: %w", r.ID, err)
	}
	return nil
}

// Close flushes the file to the disk and closes it.
func (w *Writer) Close() error {
	return errors.Join(w.file.Sync(), w.file.Close())
}

// ErrTorn is the error of a last line that was cut off by a kill or a full
// disk: all lines before it are whole.
var ErrTorn = errors.New("last line is torn")

// Read yields the records of a jsonl stream in file order. A broken line yields
// an error that names it and reading goes on; a last line without its newline
// that cannot be decoded yields ErrTorn.
func Read(r io.Reader) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		br := bufio.NewReaderSize(r, 1<<16)
		for n := 1; ; n++ {
			line, readErr := br.ReadBytes('\n')
			if readErr != nil && !errors.Is(readErr, io.EOF) {
				yield(Record{}, fmt.Errorf("read record line %d: %w", n, readErr))
				return
			}
			if text := bytes.TrimSpace(line); len(text) > 0 {
				rec, err := decode(text)
				if err != nil && readErr != nil {
					err = ErrTorn
				}
				if err != nil {
					err = fmt.Errorf("record line %d: %w", n, err)
				}
				if !yield(rec, err) {
					return
				}
			}
			if readErr != nil {
				return
			}
		}
	}
}

func decode(line []byte) (Record, error) {
	var l struct {
		Record *Record `json:"dynbench"`
	}
	if err := json.Unmarshal(line, &l); err != nil {
		return Record{}, err
	}
	if l.Record == nil {
		return Record{}, errors.New(`no key "dynbench": not a record of this tool`)
	}
	return *l.Record, nil
}

// ReadFile yields the records of the file at path; a file that cannot be opened
// yields one error.
func ReadFile(path string) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		f, err := os.Open(path)
		if err != nil {
			yield(Record{}, fmt.Errorf("read records: %w", err))
			return
		}
		defer f.Close()
		Read(f)(yield)
	}
}
