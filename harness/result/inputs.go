package result

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Inputs writes inputs.json, the bodies of a level by session, while they are
// drawn: {"data":[{"session_id":"session_000000","payloads":[{...}]}]}. Bodies
// are written through, not kept. Bodies past the limit are counted alone, in
// the key "left_out". The file has its name only after Close.
type Inputs struct {
	path    string
	file    *os.File
	w       *bufio.Writer
	limit   int64
	size    int64
	session uint64
	any     bool
	leftOut int
}

// DefaultInputsLimit keeps inputs.json readable by ordinary tools.
const DefaultInputsLimit = 256 << 20

// CreateInputs starts inputs.json in the folder of a level. limit bounds the
// bytes of all bodies together; 0 is DefaultInputsLimit.
func CreateInputs(dir string, limit int64) (*Inputs, error) {
	if limit == 0 {
		limit = DefaultInputsLimit
	}
	f, err := os.CreateTemp(dir, "."+InputsFile+".tmp-*")
	if err != nil {
		return nil, fmt.Errorf("create inputs: %w", err)
	}
	in := &Inputs{path: filepath.Join(dir, InputsFile), file: f, w: bufio.NewWriterSize(f, 1<<16), limit: limit}
	in.w.WriteString(`{"data":[`) // a bufio.Writer keeps its first error for Flush
	return in, nil
}

// Add appends the body of the next request. Bodies of one session that follow
// each other share an entry; a body that is no JSON is written as a string.
func (in *Inputs) Add(session uint64, body []byte) error {
	if in.leftOut > 0 || in.size+int64(len(body)) > in.limit {
		in.leftOut++
		return nil
	}
	if !json.Valid(body) {
		body, _ = json.Marshal(string(body)) // a string always encodes
	}
	in.size += int64(len(body))
	switch {
	case in.any && session == in.session:
		in.w.WriteByte(',')
	case in.any:
		fmt.Fprintf(in.w, "]},\n")
		fallthrough
	default:
		fmt.Fprintf(in.w, `{"session_id":"session_%06d","payloads":[`, session)
	}
	in.any, in.session = true, session
	_, err := in.w.Write(body)
	if err != nil {
		return fmt.Errorf("write inputs: %w", err)
	}
	return nil
}

// Close ends the file and gives it its name.
func (in *Inputs) Close() error {
	if in.any {
		in.w.WriteString("]}")
	}
	in.w.WriteByte(']')
	if in.leftOut > 0 {
		fmt.Fprintf(in.w, `,"left_out":%d`, in.leftOut)
	}
	in.w.WriteString("}\n")
	err := errors.Join(in.w.Flush(), in.file.Chmod(0o644), in.file.Close())
	if err == nil {
		err = os.Rename(in.file.Name(), in.path)
	}
	if err != nil {
		os.Remove(in.file.Name())
		return fmt.Errorf("write %s: %w", in.path, err)
	}
	return nil
}

// Abandon removes what was written; after Close it does nothing.
func (in *Inputs) Abandon() {
	in.file.Close()
	os.Remove(in.file.Name())
}
