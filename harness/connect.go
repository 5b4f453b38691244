package harness

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dynbench/dynbench/harness/client"
	"github.com/dynbench/dynbench/harness/tokens"
	"github.com/dynbench/dynbench/harness/workload"
)

// prepare does all that can refuse, before the first write: the endpoint's
// form, what lies in the folder, whether the target answers.
func (m *measurement) prepare(ctx context.Context) error {
	if err := m.connect(ctx); err != nil || m.whole {
		return err
	}
	if err := m.take(); err != nil {
		return err
	}
	if m.sweep.Salt == "" {
		m.sweep.Salt = rand.Text()
	}
	return nil
}

// connect makes the client and asks the target one request.
func (m *measurement) connect(ctx context.Context) error {
	base, notice, err := client.ParseURL(m.target.URL, true)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUsage, err)
	}
	if notice != "" {
		m.sweep.Log.Info(notice)
	}
	o := m.sweep.Client
	m.client, err = client.New(client.Config{
		URL: base, Model: m.target.Model, Endpoint: o.Endpoint, Headers: o.Headers, APIKey: o.APIKey,
		Connect: o.Connect, FirstToken: o.FirstToken, BetweenTokens: o.BetweenTokens, Timeout: o.Timeout,
		RawGaps: o.RawGaps, AIPerfCounting: o.AIPerfCounting, Extra: o.Extra, Clock: m.clock, Version: m.sweep.Tool.Version,
		Tokenizer: m.sweep.counter(),
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUsage, err)
	}
	if err := m.look(); err != nil || m.whole { // neither needs the target
		return err
	}
	if m.sweep.ReadyTimeout > 0 {
		ready, cancel := context.WithTimeout(ctx, m.sweep.ReadyTimeout)
		defer cancel()
		if err := m.client.Ready(ready); err != nil {
			return fmt.Errorf("%w: %w", ErrTarget, err)
		}
	}
	return m.ask(ctx)
}

// ask probes the target and takes the dialect that it understands.
func (m *measurement) ask(ctx context.Context) error {
	if d := m.sweep.Client.Dialect; d != nil {
		m.client = m.client.WithDialect(*d)
	} else {
		m.client = m.client.WithDialect(client.FullDialect())
	}
	req, err := m.probeRequest(ctx)
	if err != nil {
		return err
	}
	if limit := m.sweep.ReadyTimeout; limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer within the ready timeout of %s", limit))
		defer cancel()
	}
	m.probe, err = m.client.Probe(ctx, req)
	if err != nil {
		return fmt.Errorf("%w: probe of model %q: %w", ErrTarget, m.target.Model, err)
	}
	m.client = m.client.WithDialect(m.probe.Dialect)
	if m.probe.Usage {
		m.client = m.client.WithTokenizer(nil)
	}
	m.sweep.Log.Info("endpoint answers", "after", m.probe.TTFT, "dialect", m.probe.Dialect)
	for _, n := range m.probe.Notes {
		m.sweep.Log.Warn(n)
	}
	return nil
}

// counter counts the output of answers without usage: a tokenizer of the model, for
// one that estimates is no better than the number of content events.
func (s Sweep) counter() tokens.Tokenizer {
	if s.Tokenizer.Name() == tokens.ApproxName {
		return nil
	}
	return s.Tokenizer
}

// probeLength keeps the probe short: its question is what the target takes.
const probeLength = 8

// probeRequest is the first request of a scope that no level has.
func (m *measurement) probeRequest(ctx context.Context) (*workload.Request, error) {
	w := workload.Workload(workload.Synthetic{ISL: 32, OSL: probeLength, Completions: m.sweep.Client.Endpoint == client.Completions})
	src, err := w.Open(ctx, workload.Scope{Level: "probe", Seed: m.sweep.Seed, Salt: m.sweep.Salt, Tokenizer: m.sweep.Tokenizer})
	if err != nil {
		return nil, fmt.Errorf("probe: %w", err)
	}
	session, err := src.Next(ctx)
	if err != nil {
		return nil, fmt.Errorf("probe: %w", err)
	}
	req, _, err := session.Next(nil)
	if err != nil {
		return nil, fmt.Errorf("probe: %w", err)
	}
	return req, nil
}

// writable tries the folder, or the nearest one above it that exists, before the
// target is bothered. Nothing stays behind.
func writable(dir string) error {
	for {
		_, err := os.Stat(dir)
		parent := filepath.Dir(dir)
		if !errors.Is(err, fs.ErrNotExist) || parent == dir {
			break
		}
		dir = parent
	}
	f, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return fmt.Errorf("result folder: %w", err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
