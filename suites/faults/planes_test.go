package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/fixtures/etcd"
	natspart "github.com/dynbench/dynbench/fixtures/nats"
	"github.com/dynbench/dynbench/fixtures/wire"
	"github.com/dynbench/dynbench/internal/wait"
)

// TestNATSDownInTheMiddle: without events the router goes on by what it knows;
// no request fails of it.
func TestNATSDownInTheMiddle(t *testing.T) {
	stack := up(t, fixtures.Topology{Engines: 2, Router: fixtures.ModeKV, NATS: cable{natspart.Embedded{}}})

	m := ask{rate: 30, lasting: 2 * short(), prefixes: 4, churn: fixtures.Churn{
		Events: []fixtures.Event{{At: short(), Do: fixtures.StopNATS}},
	}}.of(t, stack)

	require.Empty(t, m.failed())
	require.Greater(t, m.hitRate(0.5), 0.5, "the index is what it was")
	require.Contains(t, log(stack), "NATS", "the router says what it misses")
}

// TestEtcdDownInTheMiddle: the engines that are known are still there; no
// request fails of it.
func TestEtcdDownInTheMiddle(t *testing.T) {
	stack := up(t, fixtures.Topology{Engines: 2, Router: fixtures.ModeKV, Etcd: cable{etcd.Embedded{}}})

	m := ask{rate: 30, lasting: 2 * short(), prefixes: 4, churn: fixtures.Churn{
		Events: []fixtures.Event{{At: short(), Do: fixtures.StopEtcd}},
	}}.of(t, stack)

	require.Empty(t, m.failed())
	require.Len(t, m.workers(), 2)
}

// TestEventsThatLie: events of a worker that nobody knows, in the wrong order,
// with gaps, and no events at all. The router counts them, asks a worker anew whose
// events do not follow one another, and goes on with those that are its own.
func TestEventsThatLie(t *testing.T) {
	stack := up(t, fixtures.KVRouted(2))
	conn := planes(t, stack)
	say := func(worker uint64, e wire.KVEvent) {
		text, err := wire.KVMessage{WorkerID: worker, Event: e}.Marshal()
		require.NoError(t, err)
		require.NoError(t, conn.Publish(wire.KVSubject("dynamo", "backend"), text))
	}
	known := instances(t, stack)[0]
	orphan := uint64(999)
	stored := func(id uint64, parent *uint64) wire.KVEvent {
		return wire.KVEvent{EventID: id, Stored: &wire.KVStored{ParentHash: parent, Blocks: []wire.KVBlock{{BlockHash: id, TokensHash: id}}}}
	}
	for i := range uint64(50) {
		say(4711, stored(i, nil))                                  // an unknown worker
		say(known, stored(10_000-i, nil))                          // backwards
		say(known, stored(20_000+100*i, &orphan))                  // below a block that nobody stored, with gaps
		say(known, wire.KVEvent{EventID: i, Removed: []uint64{i}}) // of long ago
		require.NoError(t, conn.Publish(wire.KVSubject("dynamo", "backend"), []byte(`{"worker_id":`)))
	}
	require.NoError(t, conn.Flush())

	m := ask{rate: 30, lasting: short(), prefixes: 4}.of(t, stack)

	require.Empty(t, m.failed())
	require.Len(t, m.workers(), 2)
	counted := page(t, stack.URL()+"/metrics")
	for _, said := range []string{`status="malformed"`, `status="unknown_worker"`, `kv_resyncs_total{reason="lost"}`} {
		require.True(t, strings.Contains(counted, said), said) // without the whole page in the message
	}
	believed := regexp.MustCompile(fmt.Sprintf(`worker_indexed_blocks{[^}]*worker_id="%d"} [1-9]`, known))
	require.NoError(t, wait.AtMost(t.Context(), 10*time.Second, 10*time.Millisecond, func(context.Context) error {
		if !believed.MatchString(page(t, stack.URL()+"/metrics")) {
			return errors.New("nothing is known of the worker in whose name others spoke")
		}
		return nil
	}))
}

// planes connects to the stack's NATS.
func planes(t *testing.T, stack *fixtures.Stack) *nats.Conn {
	t.Helper()
	for _, p := range stack.Parts() {
		if p.Kind == "nats" {
			conn, err := nats.Connect(p.URL(), nats.Timeout(5*time.Second))
			require.NoError(t, err)
			t.Cleanup(conn.Close)
			return conn
		}
	}
	t.Fatal("the stack has no NATS")
	return nil
}

// instances are the ids of the engines that the frontend knows.
func instances(t *testing.T, stack *fixtures.Stack) []uint64 {
	t.Helper()
	var health struct{ Instances []wire.Instance }
	require.NoError(t, json.NewDecoder(strings.NewReader(page(t, stack.URL()+"/health"))).Decode(&health))
	ids := []uint64{}
	for _, i := range health.Instances {
		ids = append(ids, i.InstanceID)
	}
	return ids
}

func page(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(text)
}
