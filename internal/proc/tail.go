package proc

import (
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
)

// KeptLines is how many lines of a log are shown.
const KeptLines = 50

// keptBytes bounds them, for a program that writes without line ends.
const keptBytes = 64 << 10

// tail is a log file that processes write and whose end can be read.
type tail struct {
	file   *os.File
	from   int64  // where this process's part begins
	remove string // a name to remove with close

	mu     sync.Mutex
	closed bool
	last   string
}

// openTail opens name for appending; an empty name is a file that has none.
func openTail(name string) (*tail, error) {
	if name == "" {
		return openNameless()
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	from, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return &tail{file: f, from: from}, nil
}

func openNameless() (*tail, error) {
	f, err := os.CreateTemp("", "dynbench-proc-*.log")
	if err != nil {
		return nil, err
	}
	t := &tail{file: f, remove: f.Name()}
	if runtime.GOOS != "windows" && os.Remove(f.Name()) == nil {
		t.remove = "" // on Unix an open file lives without its name, and dies with its processes
	}
	return t, nil
}

// lines returns at most KeptLines lines of the end, oldest first, as Plain text,
// with what is not UTF-8 replaced.
func (t *tail) lines() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.last = t.read()
	}
	return t.last
}

func (t *tail) read() string {
	info, err := t.file.Stat()
	if err != nil {
		return ""
	}
	from := max(t.from, info.Size()-keptBytes)
	if from >= info.Size() {
		return ""
	}
	text := make([]byte, info.Size()-from)
	n, _ := t.file.ReadAt(text, from)
	return lastLines(Plain(strings.ToValidUTF8(string(text[:n]), "\uFFFD")), KeptLines)
}

// lastLines returns at most n lines of the end of text, without the last line
// end.
func lastLines(text string, n int) string {
	text = strings.TrimRight(text, "\r\n \t")
	at := len(text)
	for range n {
		if at = strings.LastIndexByte(text[:at], '\n'); at < 0 {
			break
		}
	}
	return text[at+1:]
}

// close keeps the last lines and lets the file go.
func (t *tail) close() error {
	last := t.lines()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil
	}
	t.closed, t.last = true, last
	err := t.file.Close()
	if t.remove != "" {
		_ = os.Remove(t.remove)
	}
	return err
}
