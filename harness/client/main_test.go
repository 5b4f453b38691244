package client

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/workload"
)

// The clock of the patterns of tokenizers that are like no other ends by itself.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/dlclark/regexp2.runClock"))
}

// sse starts a server that answers with the parts, each flushed on its own.
func sse(parts ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server see the client go
		w.Header().Set("Content-Type", "text/event-stream")
		for _, p := range parts {
			_, _ = w.Write([]byte(p))
			w.(http.Flusher).Flush()
		}
	}
}

func serve(t testing.TB, h http.Handler) string {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func newClient(t testing.TB, cfg Config) *Client {
	if cfg.Model == "" {
		cfg.Model = "tiny"
	}
	c, err := New(cfg)
	require.NoError(t, err)
	c.probeWait = time.Millisecond
	return c
}

func slot(t testing.TB, c *Client) *Slot {
	slots, err := c.Slots(t.Context(), 1)
	require.NoError(t, err)
	t.Cleanup(slots[0].Close)
	return slots[0]
}

func hello() *workload.Request {
	return &workload.Request{Messages: []workload.Message{{Role: "user", Content: "hello"}}, MaxTokens: 8, InputTokens: 3}
}

// ask sends one request on a slot of its own.
func ask(t testing.TB, cfg Config, req *workload.Request) (record.Record, workload.Reply) {
	rec := record.Record{ID: 7}
	reply := slot(t, newClient(t, cfg)).Do(t.Context(), req, nil, &rec)
	return rec, reply
}
