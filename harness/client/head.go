package client

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/dynbench/dynbench/harness/record"
)

const requestID = "X-Request-Id"

// render writes the request line and all headers that the body and the id do
// not change; h are a request's own, which win over Config.Headers.
func (c *Client) render(h http.Header) ([]byte, error) {
	all := http.Header{
		"Accept":       {"text/event-stream"},
		"Content-Type": {"application/json"},
		"User-Agent":   {strings.TrimSuffix("dynbench/"+c.cfg.Version, "/")},
	}
	if c.cfg.APIKey != "" {
		all.Set("Authorization", "Bearer "+c.cfg.APIKey)
	}
	host := c.base.Host
	for _, from := range []http.Header{c.cfg.Headers, h} {
		for name, values := range from {
			if err := checkHeader(name, values); err != nil {
				return nil, err
			}
			switch name = http.CanonicalHeaderKey(name); name {
			case "Host":
				host = values[0]
			case requestID:
			default:
				all[name] = values
			}
		}
	}
	if err := checkHeader("Authorization", all["Authorization"]); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "POST %s HTTP/1.1\r\nHost: %s\r\n", c.base.EscapedPath()+c.cfg.Endpoint.Path(), host)
	_ = all.Write(&out) // a buffer takes everything
	return out.Bytes(), nil
}

// checkHeader refuses what would break the framing of the request. The value
// is not shown: it may be a key.
func checkHeader(name string, values []string) error {
	switch http.CanonicalHeaderKey(name) {
	case "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Te", "Trailer", "Expect":
		return fmt.Errorf("header %q is not for callers to set", name)
	}
	if name == "" || strings.ContainsFunc(name, notToken) {
		return fmt.Errorf("header name %q is not valid", name)
	}
	for _, v := range values {
		if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return fmt.Errorf("header %q has a control character in its value", name)
		}
	}
	return nil
}

func notToken(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
}

// appendHead appends the whole head of one request to dst and returns the
// request id in it.
func (c *Client) appendHead(dst []byte, h http.Header, rec *record.Record, length int) ([]byte, string, error) {
	head, id := c.head, h.Get(requestID)
	if len(h) > 0 {
		var err error
		if head, err = c.render(h); err != nil {
			return dst, "", err
		}
	}
	if id == "" {
		id = c.requestID(rec)
	}
	dst = append(dst, head...)
	dst = append(append(append(dst, requestID+": "...), id...), "\r\nContent-Length: "...)
	dst = strconv.AppendInt(dst, int64(length), 10)
	return append(dst, "\r\n\r\n"...), id, nil
}

// requestID is a version 8 UUID, the form that routers accept: 48 bits of the
// client, 12 of the level, 6 of the repeat, 8 of the shard, 48 of the id.
func (c *Client) requestID(rec *record.Record) string {
	var u [16]byte
	for i := range 6 {
		u[i] = byte(c.tag >> (8 * i))
		u[10+i] = byte(rec.ID >> (8 * (5 - i)))
	}
	u[6] = 0x80 | byte(rec.Level>>8)&0x0f
	u[7] = byte(rec.Level)
	u[8] = 0x80 | byte(rec.Repeat)&0x3f
	u[9] = byte(rec.Shard)
	var out [36]byte
	at := 0
	for i, part := range [][]byte{u[:4], u[4:6], u[6:8], u[8:10], u[10:]} {
		if i > 0 {
			out[at] = '-'
			at++
		}
		at += hex.Encode(out[at:], part)
	}
	return string(out[:])
}
