// Package zmtp speaks ZeroMQ's wire protocol, ZMTP 3.0 with the mechanism NULL,
// as far as KV events need it: it publishes, subscribes, and asks and answers
// over a connection. It talks to libzmq. Every goroutine that it starts ends
// when its socket is closed. It promises nothing to other modules.
package zmtp

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Flags of a frame.
const (
	flagMore    = 1
	flagLong    = 2
	flagCommand = 4
)

// maxMessage bounds what a peer can make us hold, in bytes.
const maxMessage = 64 << 20

// errTooLarge is the refusal of a message above maxMessage.
var errTooLarge = fmt.Errorf("message above %d bytes", maxMessage)

// greeting is what each side sends first: signature, version 3.0, mechanism.
func greeting() []byte {
	g := make([]byte, 64)
	g[0], g[9] = 0xff, 0x7f
	g[10] = 3
	copy(g[12:], "NULL")
	return g
}

// Handshake opens a connection as a socket of the given type ("PUB", "SUB",
// "ROUTER", "DEALER") and returns the peer's.
func Handshake(w io.Writer, r *bufio.Reader, socket string) (peer string, err error) {
	if _, err := w.Write(greeting()); err != nil {
		return "", fmt.Errorf("greet: %w", err)
	}
	var theirs [64]byte
	if _, err := io.ReadFull(r, theirs[:]); err != nil {
		return "", fmt.Errorf("read greeting: %w", err)
	}
	switch mechanism := string(bytes.TrimRight(theirs[12:32], "\x00")); {
	case theirs[0] != 0xff || theirs[9] != 0x7f:
		return "", errors.New("the peer does not speak ZMTP")
	case theirs[10] < 3:
		return "", fmt.Errorf("the peer speaks ZMTP %d, not 3", theirs[10])
	case mechanism != "NULL":
		return "", fmt.Errorf("the peer wants the mechanism %q, only NULL is there", mechanism)
	}
	if _, err := w.Write(ready(socket)); err != nil {
		return "", fmt.Errorf("greet: %w", err)
	}
	return readReady(r)
}

func ready(socket string) []byte {
	body := append([]byte{5}, "READY"...)
	for _, p := range [][2]string{{"Socket-Type", socket}, {"Identity", ""}} {
		body = append(append(body, byte(len(p[0]))), p[0]...)
		body = append(binary.BigEndian.AppendUint32(body, uint32(len(p[1]))), p[1]...)
	}
	return append([]byte{flagCommand, byte(len(body))}, body...)
}

func readReady(r *bufio.Reader) (string, error) {
	flags, body, err := readFrame(r, 1<<16)
	if err != nil {
		return "", fmt.Errorf("read READY: %w", err)
	}
	name, rest, ok := cut(body, 1)
	if flags&flagCommand == 0 || !ok || string(name) != "READY" {
		return "", fmt.Errorf("the peer says %q, not READY", body)
	}
	for len(rest) > 0 {
		var key, value []byte
		if key, rest, ok = cut(rest, 1); ok {
			value, rest, ok = cut(rest, 4)
		}
		if !ok {
			return "", errors.New("READY is cut short")
		}
		if string(key) == "Socket-Type" {
			return string(value), nil
		}
	}
	return "", nil
}

// cut takes a field that its length, of size bytes, stands before.
func cut(b []byte, size int) (field, rest []byte, ok bool) {
	if len(b) < size {
		return nil, nil, false
	}
	n := uint32(b[0])
	if size == 4 {
		n = binary.BigEndian.Uint32(b)
	}
	b = b[size:]
	if uint64(n) > uint64(len(b)) {
		return nil, nil, false
	}
	return b[:n], b[n:], true
}

// AppendMessage appends a message of frames as it goes over the wire.
func AppendMessage(dst []byte, frames ...[]byte) []byte {
	for i, f := range frames {
		flags := byte(0)
		if i < len(frames)-1 {
			flags = flagMore
		}
		if len(f) > 255 {
			dst = append(dst, flags|flagLong)
			dst = binary.BigEndian.AppendUint64(dst, uint64(len(f)))
		} else {
			dst = append(dst, flags, byte(len(f)))
		}
		dst = append(dst, f...)
	}
	return dst
}

// ReadMessage reads the frames of one message. Commands between messages are
// skipped.
func ReadMessage(r *bufio.Reader) ([][]byte, error) {
	var frames [][]byte
	room := maxMessage
	for {
		flags, body, err := readFrame(r, room)
		if err != nil {
			if err == io.EOF && len(frames) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		if flags&flagCommand != 0 {
			if len(frames) > 0 {
				return nil, errors.New("a command inside a message")
			}
			continue
		}
		frames = append(frames, body)
		// Each frame counts, or empty ones could pile up.
		if room -= len(body) + 32; room < 0 {
			return nil, errTooLarge
		}
		if flags&flagMore == 0 {
			return frames, nil
		}
	}
}

func readFrame(r *bufio.Reader, most int) (flags byte, body []byte, err error) {
	if flags, err = r.ReadByte(); err != nil {
		return 0, nil, err
	}
	if flags&^(flagMore|flagLong|flagCommand) != 0 {
		return 0, nil, fmt.Errorf("a frame with the unknown flags %#x", flags)
	}
	var head [8]byte
	size := head[7:]
	if flags&flagLong != 0 {
		size = head[:]
	}
	if _, err := io.ReadFull(r, size); err != nil {
		return 0, nil, cutShort(err)
	}
	n := binary.BigEndian.Uint64(head[:])
	if n > uint64(most) {
		return 0, nil, errTooLarge
	}
	// A length is only believed as its bytes come.
	var buf bytes.Buffer
	if _, err := io.CopyN(&buf, r, int64(n)); err != nil {
		return 0, nil, cutShort(err)
	}
	return flags, buf.Bytes(), nil
}

func cutShort(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
