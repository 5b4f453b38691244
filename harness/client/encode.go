package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/dynbench/dynbench/harness/workload"
)

// Encode returns the body of req: deterministic, keys in order of their names.
// The dialect's fields come first, Config.Extra is merged over them and
// Request.Extra over both: later keys win, objects are merged key by key. It
// is called ahead of the send. ErrForm means that the endpoint cannot send
// what req asks.
func (c *Client) Encode(req *workload.Request) ([]byte, error) {
	if req.Body != nil {
		return req.Body, nil
	}
	body := map[string]any{"model": c.cfg.Model, "stream": true}
	if err := c.ask(body, req); err != nil {
		return nil, err
	}
	c.cfg.Dialect.put(body, req.MaxTokens)
	merge(body, c.cfg.Extra)
	merge(body, req.Extra)
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		return nil, fmt.Errorf("encode request %d: %w", req.ID, err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// ask puts the prompt where the endpoint wants it.
func (c *Client) ask(body map[string]any, req *workload.Request) error {
	chat := c.cfg.Endpoint == Chat
	switch {
	case len(req.Messages) > 0 && chat:
		body["messages"] = req.Messages
	case req.Prompt != "" && chat:
		body["messages"] = []workload.Message{{Role: "user", Content: req.Prompt}}
	case req.Prompt != "" && !chat:
		body["prompt"] = req.Prompt
	case len(req.Tokens) > 0 && !chat:
		body["prompt"] = req.Tokens
	case len(req.Messages) > 0:
		return fmt.Errorf("request %d: %w: messages go to the chat endpoint alone", req.ID, ErrForm)
	case len(req.Tokens) > 0:
		return fmt.Errorf("request %d: %w: token ids go to the completions endpoint alone", req.ID, ErrForm)
	default:
		return fmt.Errorf("request %d: %w: no messages, prompt, tokens or body", req.ID, ErrForm)
	}
	return nil
}

// put adds the fields of d for n output tokens; n 0 leaves the length to the
// server, and then ignore_eos would mean endless.
func (d Dialect) put(body map[string]any, n int) {
	if d.IncludeUsage {
		body["stream_options"] = map[string]any{"include_usage": true}
	}
	if n <= 0 {
		return
	}
	for name, on := range map[string]bool{
		"max_tokens": d.MaxTokens, "max_completion_tokens": d.MaxCompletionTokens, "min_tokens": d.MinTokens,
	} {
		if on {
			body[name] = n
		}
	}
	if d.IgnoreEOS {
		body["ignore_eos"] = true
	}
	if d.NvextIgnoreEOS {
		body["nvext"] = map[string]any{"ignore_eos": true}
	}
}

// merge puts src over dst and leaves src and what it holds unchanged.
func merge(dst, src map[string]any) {
	for k, v := range src {
		over, ok := v.(map[string]any)
		under, both := dst[k].(map[string]any)
		if !ok || !both {
			dst[k] = v
			continue
		}
		joined := maps.Clone(under)
		merge(joined, over)
		dst[k] = joined
	}
}
