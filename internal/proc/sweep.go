package proc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// sweepTimeout is how long a sweep may take.
const sweepTimeout = 30 * time.Second

// Sweep removes the containers, and then the networks, that carry a label. The
// zero value removes nothing.
type Sweep struct {
	Host  string `json:"host"`  // Docker's endpoint: unix:///var/run/docker.sock, tcp://127.0.0.1:2375
	Label string `json:"label"` // key=value, which each container and network to remove carries
}

// do removes what is labelled; a container that ends meanwhile is no error.
func (s Sweep) do(ctx context.Context) error {
	if s.Label == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()
	d, err := DialDocker(s.Host)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{DialContext: d, DisableKeepAlives: true}}
	return errors.Join(
		s.remove(ctx, client, "/containers/json?all=1&filters=", "/containers/%s?force=1&v=1"),
		s.remove(ctx, client, "/networks?filters=", "/networks/%s"))
}

// DialDocker returns what connects to the Docker engine at host, a URL such as
// unix:///var/run/docker.sock or tcp://127.0.0.1:2375, whatever address it is asked
// for.
func DialDocker(host string) (func(context.Context, string, string) (net.Conn, error), error) {
	u, err := url.Parse(host)
	if err != nil {
		return nil, fmt.Errorf("endpoint of Docker: %w", err)
	}
	network, address := "tcp", u.Host
	switch u.Scheme {
	case "unix":
		network, address = "unix", u.Path
	case "tcp", "http":
	default:
		return nil, fmt.Errorf("%q is not a Docker endpoint such as unix:///PATH or tcp://HOST:PORT", host)
	}
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}, nil
}

// remove lists what carries the label and deletes it.
func (s Sweep) remove(ctx context.Context, c *http.Client, list, remove string) error {
	filter, err := json.Marshal(map[string][]string{"label": {s.Label}})
	if err != nil {
		return err
	}
	var found []struct {
		ID string `json:"Id"`
	}
	if err := call(ctx, c, http.MethodGet, list+url.QueryEscape(string(filter)), &found); err != nil {
		return err
	}
	var errs []error
	for _, f := range found {
		errs = append(errs, call(ctx, c, http.MethodDelete, fmt.Sprintf(remove, f.ID), nil))
	}
	return errors.Join(errs...)
}

func call(ctx context.Context, c *http.Client, method, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://docker"+path, nil)
	if err != nil {
		return err
	}
	resp, err := c.Do(req)
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	defer resp.Body.Close()
	switch {
	case method == http.MethodDelete && (resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusConflict):
		return nil // gone, or going, already
	case resp.StatusCode >= 300:
		return fmt.Errorf("sweep: %s %s: %s", method, path, resp.Status)
	case into == nil:
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(into)
}
