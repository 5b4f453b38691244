package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/dynbench/dynbench/internal/wait"
)

// lookLimit bounds one look at /health or /v1/models.
const lookLimit = 5 * time.Second

// Ready asks /health and then /v1/models until both answer or ctx ends. A
// server that has no such route (404 or another 4xx) is there and counts. The
// error wraps ErrNotReady and says what was tried, for how long, and what came
// last. Whether the model is served is for Probe to find out.
func (c *Client) Ready(ctx context.Context) error {
	err := wait.Until(ctx, c.probeWait, func(ctx context.Context) error {
		for _, path := range []string{"/health", "/v1/models"} {
			status, body, err := c.get(ctx, path)
			if err != nil {
				return err
			}
			if status < 200 || status > 499 {
				message, _ := complaint(body)
				return fmt.Errorf("GET %s: status %d: %s", c.join(path), status, cut(message))
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotReady, err)
	}
	return nil
}

// get looks at one path on a connection of its own.
func (c *Client) get(ctx context.Context, path string) (status int, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.join(path), nil)
	if err != nil {
		return 0, nil, err
	}
	for name, values := range c.cfg.Headers {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	if c.cfg.APIKey != "" && req.Header.Get("Authorization") == "" {
		req.Header.Set("Authorization", "Bearer "+c.cfg.APIKey)
	}
	tr := &http.Transport{DisableKeepAlives: true, TLSClientConfig: c.cfg.TLS.Clone()}
	defer tr.CloseIdleConnections()
	resp, err := (&http.Client{Transport: tr, CheckRedirect: noRedirect}).Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, body, err
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// models lists what /v1/models names; nothing where it does not answer so.
func (c *Client) models(ctx context.Context) []string {
	status, body, err := c.get(ctx, "/v1/models")
	if err != nil || status != http.StatusOK {
		return nil
	}
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &list) != nil {
		return nil
	}
	names := make([]string, 0, len(list.Data))
	for _, m := range list.Data {
		names = append(names, strings.TrimSpace(m.ID))
	}
	return names
}
