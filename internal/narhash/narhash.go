package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// hash returns the SRI form ("sha256-" and base64) of the SHA-256 of the NAR
// serialisation of the file, symlink or folder at path.
func hash(path string) (string, error) {
	sum := sha256.New()
	w := &narWriter{w: sum}
	w.str("nix-archive-1")
	if err := w.node(path); err != nil {
		return "", fmt.Errorf("hash %s: %w", path, err)
	}
	return "sha256-" + base64.StdEncoding.EncodeToString(sum.Sum(nil)), nil
}

// narWriter writes the Nix archive format: every string is its length in eight
// little-endian bytes, the bytes, and zeros up to a multiple of eight. Its
// first error sticks and stops all later writing.
type narWriter struct {
	w   io.Writer
	err error
}

// node writes one file system object. Of the mode only the owner's execute bit
// counts; entries stand in byte order of their names.
func (n *narWriter) node(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	n.str("(", "type")
	switch mode := info.Mode(); mode.Type() {
	case 0:
		err = n.regular(path, mode)
	case fs.ModeSymlink:
		var target string
		target, err = os.Readlink(path)
		n.str("symlink", "target", target)
	case fs.ModeDir:
		err = n.directory(path)
	default:
		err = fmt.Errorf("%s: neither file, symlink nor folder", path)
	}
	if err != nil {
		return err
	}
	n.str(")")
	return n.err
}

func (n *narWriter) regular(path string, mode fs.FileMode) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	n.str("regular")
	if mode&0o100 != 0 {
		n.str("executable", "")
	}
	n.str("contents", string(data))
	return nil
}

func (n *narWriter) directory(path string) error {
	n.str("directory")
	entries, err := os.ReadDir(path) // sorted by name
	if err != nil {
		return err
	}
	for _, e := range entries {
		n.str("entry", "(", "name", e.Name(), "node")
		if err := n.node(filepath.Join(path, e.Name())); err != nil {
			return err
		}
		n.str(")")
	}
	return nil
}

func (n *narWriter) str(values ...string) {
	for _, s := range values {
		n.bytes(binary.LittleEndian.AppendUint64(nil, uint64(len(s))))
		n.bytes([]byte(s))
		n.bytes(make([]byte, -len(s)&7))
	}
}

func (n *narWriter) bytes(b []byte) {
	if n.err == nil {
		_, n.err = n.w.Write(b)
	}
}
