package router

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/dynbench/dynbench/harness/client"
	"github.com/dynbench/dynbench/internal/wait"
)

// DefaultPingPort is the port that a ping asks unless told; the frontend's own
// default is 8000.
const DefaultPingPort = 8080

// Address makes a URL of what a ping is given: a port of this machine, a
// host:port, a URL, or nothing.
func Address(given string) (string, error) {
	given = strings.TrimSpace(given)
	if given == "" {
		given = strconv.Itoa(DefaultPingPort)
	}
	if port, err := strconv.Atoi(given); err == nil {
		if port < 1 || port > 65535 {
			return "", fmt.Errorf("port %d: want 1 to 65535", port)
		}
		return fmt.Sprintf("http://localhost:%d", port), nil
	}
	url, _, err := client.ParseURL(given, true)
	return url, err
}

// Ping sends one short streaming chat request, as the original benchmark's
// ping.sh does, and writes the lines of the answer to w as they come. A model of
// "" is the first that the endpoint lists. It is an error if the answer is none,
// or has no [DONE].
func Ping(ctx context.Context, url, model string, w io.Writer) error {
	if model == "" {
		var err error
		if model, err = firstModel(ctx, url); err != nil {
			return fmt.Errorf("ping: %w", err)
		}
	}
	body, err := json.Marshal(map[string]any{
		"model": model, "stream": true, "max_tokens": 10, "ignore_eos": true, // not in nvext too: Dynamo refuses it there since 1.6
		"messages": []map[string]string{{"role": "system", "content": "You are brief."}, {"role": "user", "content": "Say hello."}},
	})
	if err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/chat/completions", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	resp, err := (&http.Transport{DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment}).RoundTrip(req)
	if err != nil {
		return fmt.Errorf("ping: POST %s: %w", req.URL, err)
	}
	defer resp.Body.Close()
	return answer(resp, w)
}

// answer copies the stream.
func answer(resp *http.Response, w io.Writer) error {
	if resp.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(io.LimitReader(resp.Body, 1000)) // what was read of it is worth saying
		return fmt.Errorf("ping %s: %s: %s", resp.Request.URL, resp.Status, excerpt(said))
	}
	done := false
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		done = done || strings.TrimSpace(lines.Text()) == "data: [DONE]"
		if _, err := fmt.Fprintln(w, lines.Text()); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("ping %s: broken stream: %w", resp.Request.URL, err)
	}
	if !done {
		return fmt.Errorf("ping %s: the stream ended without [DONE]", resp.Request.URL)
	}
	return nil
}

// firstModel asks an endpoint which model it lists first. What waiting does not
// mend is a wait.Stop: an answer from 400 to 499, or one that is no list of models.
func firstModel(ctx context.Context, url string) (string, error) {
	resp, err := get(ctx, url+"/v1/models")
	if err != nil {
		return "", fmt.Errorf("GET %s/v1/models: %w", url, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return "", fmt.Errorf("GET %s/v1/models: %w", url, err)
	}
	if resp.StatusCode != http.StatusOK {
		err := fmt.Errorf("GET %s/v1/models: %s: %s", url, resp.Status, excerpt(body))
		if resp.StatusCode < http.StatusInternalServerError {
			err = wait.Stop(err)
		}
		return "", err
	}
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return "", wait.Stop(fmt.Errorf("GET %s/v1/models: no list of models but %s: %s", url, cmp.Or(resp.Header.Get("Content-Type"), "something else"), excerpt(body)))
	}
	if len(list.Data) == 0 || list.Data[0].ID == "" {
		return "", fmt.Errorf("GET %s/v1/models: it lists no model", url)
	}
	return list.Data[0].ID, nil
}

// excerpt is the beginning of what a server said, on one line.
func excerpt(body []byte) string {
	const enough = 200
	text := strings.Join(strings.Fields(string(body)), " ")
	if len(text) > enough {
		text = strings.ToValidUTF8(text[:enough], "") + "…"
	}
	return cmp.Or(text, "(no body)")
}
