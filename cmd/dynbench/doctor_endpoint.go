package main

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/dynbench/dynbench/harness/client"
	"github.com/dynbench/dynbench/harness/config"
	"github.com/dynbench/dynbench/harness/workload"
)

// Limits of one look at an endpoint.
const (
	lookTime  = 10 * time.Second
	readyTime = 5 * time.Second
	certDays  = 14 // before a certificate ends
)

// endpoint goes from the URL to an answer and stops where nothing further can
// succeed.
func (e *examination) endpoint(ctx context.Context, raw string, o config.Options, r config.Resolved) {
	base, notice, err := client.ParseURL(raw, o.InCluster)
	if err != nil {
		e.fail("url", "%v", err)
		return
	}
	if notice != "" {
		e.warn("url", "%s", notice)
	} else {
		e.ok("url", "%s", base)
	}
	if !e.reach(ctx, base) {
		return
	}
	cfg := client.Config{
		URL: base, Model: o.Model, Endpoint: r.Endpoint, Headers: r.Headers, APIKey: r.APIKey,
		Timeout: time.Duration(o.Timeout), Extra: r.Extra, Dialect: client.FullDialect(), Version: version,
	}
	if r.Dialect != nil {
		cfg.Dialect = *r.Dialect
	}
	c, err := client.New(cfg)
	if err != nil {
		e.fail("client", "%v", err)
		return
	}
	patience := readyTime
	if t := time.Duration(o.ReadyTimeout); t > 0 {
		patience = min(patience, t)
	}
	ready, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := c.Ready(ready); err != nil {
		e.fail("ready", "%v: start the server, or wait for it by --ready-timeout", err)
		return
	}
	e.ok("ready", "/health and /v1/models answer")
	e.ask(ctx, c, o)
}

// reach resolves the host and opens one connection.
func (e *examination) reach(ctx context.Context, base string) bool {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	u, err := url.Parse(base)
	if err != nil {
		e.fail("url", "%v", err)
		return false
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	addresses, err := net.DefaultResolver.LookupHost(ctx, u.Hostname())
	if err != nil {
		e.fail("name", "%v: check the host, and in a cluster its namespace (SERVICE.NAMESPACE.svc.cluster.local)", err)
		return false
	}
	e.ok("name", "%s is %s", u.Hostname(), strings.Join(addresses, ", "))
	began := time.Now()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		e.fail("connection", "%v: is the server up, and this its port?", err)
		return false
	}
	defer conn.Close()
	e.ok("connection", "%s in %s", conn.RemoteAddr(), time.Since(began).Round(time.Microsecond))
	if u.Scheme == "https" {
		return e.tls(ctx, conn, u.Hostname())
	}
	return true
}

func (e *examination) tls(ctx context.Context, conn net.Conn, host string) bool {
	began := time.Now()
	t := tls.Client(conn, &tls.Config{ServerName: host})
	if err := t.HandshakeContext(ctx); err != nil {
		e.fail("tls", "%v: the certificate must be trusted by this machine (SSL_CERT_FILE names others)", err)
		return false
	}
	state := t.ConnectionState()
	left := time.Until(state.PeerCertificates[0].NotAfter)
	if days := int(left.Hours() / 24); days < certDays {
		e.warn("tls", "%s, but the certificate ends in %d days", tls.VersionName(state.Version), days)
		return true
	}
	e.ok("tls", "%s in %s", tls.VersionName(state.Version), time.Since(began).Round(time.Microsecond))
	return true
}

// askedTokens is the output length of the one request: short, and long enough
// to see whether it is kept.
const askedTokens = 8

// ask sends one request and tells what the answer shows.
func (e *examination) ask(ctx context.Context, c *client.Client, o config.Options) {
	req := &workload.Request{MaxTokens: askedTokens, InputTokens: 6}
	if o.EndpointType == client.Completions.String() {
		req.Prompt = "Say a few words about benchmarks."
	} else {
		req.Messages = []workload.Message{{Role: "user", Content: "Say a few words about benchmarks."}}
	}
	told, err := c.Probe(ctx, req)
	switch {
	case errors.Is(err, client.ErrRefused):
		e.fail("request", "%v", err)
		return
	case err != nil:
		e.fail("request", "%v: the server's log says why", err)
		return
	}
	e.ok("request", "first token after %s, %d tokens of %d asked for", told.TTFT.Round(10*time.Microsecond), told.Output, askedTokens)
	e.ok("dialect", "takes %s", told.Dialect)
	if len(told.Models) > 0 && !slices.Contains(told.Models, o.Model) {
		e.warn("model", "%s answers, but /v1/models lists %s", o.Model, strings.Join(told.Models, ", "))
	} else {
		e.ok("model", "%s answers", o.Model)
	}
	if told.Usage {
		e.ok("usage", "the server counts tokens")
	} else {
		e.warn("usage", "the server reports no token counts: content events are counted in their place")
	}
	for _, n := range told.Notes {
		e.warn("note", "%s", n)
	}
}
