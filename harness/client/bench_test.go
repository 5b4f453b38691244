package client

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/internal/stamp"
)

// usual is an event as vLLM and Dynamo write them, 220 bytes.
const usual = `data: {"id":"chatcmpl-3c80533a45cd48d9bcba57a1edd9c59c","object":"chat.completion.chunk","created":1795503214,"model":"tiny",` +
	`"choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}]}` + "\n\n"

var usualData = []byte(strings.TrimSpace(strings.TrimPrefix(usual, "data: ")))

func BenchmarkScan(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(usualData)))
	for b.Loop() {
		var c chunk
		if !scan(usualData, &c) || !c.text {
			b.Fatal("not scanned")
		}
	}
}

func BenchmarkForm(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(usualData)))
	var f form
	for b.Loop() {
		if c, ok := f.scan(usualData); !ok || !c.text {
			b.Fatal("not scanned")
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if c, err := decode(usualData); err != nil || !c.text {
			b.Fatal("not decoded")
		}
	}
}

// BenchmarkSplit cuts 32 events, as a fast server sends them at a time.
func BenchmarkSplit(b *testing.B) {
	b.ReportAllocs()
	const n = 32
	in := []byte(strings.Repeat(usual, n))
	b.SetBytes(int64(len(usual)))
	var s splitter
	for i := 0; i < b.N; i += n {
		_ = s.put(in)
		for ev, ok := s.next(); ok; ev, ok = s.next() {
			if len(ev.data) != len(usualData) {
				b.Fatal("not split")
			}
		}
	}
}

// BenchmarkArrive stamps one read, the kernel's stamp and the clock included.
func BenchmarkArrive(b *testing.B) {
	clock := record.NewClock()
	p := passage{stamps: true, clock: clock, wall: stamp.NewWall(clock.Base())}
	b.ReportAllocs()
	for b.Loop() {
		p.arrive(time.Now().UnixNano())
	}
	require.True(b, p.last.kernel)
}

// BenchmarkCount puts one arrival into the record, gaps 20 ms and a little.
func BenchmarkCount(b *testing.B) {
	b.ReportAllocs()
	var t tally
	var rec record.Record
	t.reset(&rec, false, &Config{})
	at := int64(0)
	for i := 0; b.Loop(); i++ {
		at += 20e6 + int64(i&255)<<12
		t.stamp(arrival{at: at, delay: 9000, read: i, kernel: true})
	}
}

// BenchmarkEvent is one event from the read to the record: split, scan, stamp.
func BenchmarkEvent(b *testing.B) {
	for name, perRead := range map[string]int{"1 a read": 1, "32 a read": 32} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			in := []byte(strings.Repeat(usual, perRead))
			var a answer
			var t tally
			var rec record.Record
			t.reset(&rec, false, &Config{})
			a.reset(&t)
			at := int64(0)
			for i := 0; i < b.N; i += perRead {
				_ = a.split.put(in)
				at += 1 << 20
				a.events(arrival{at: at, read: i, kernel: true})
				a.split.rest()
			}
			require.Equal(b, (b.N+perRead-1)/perRead*perRead, rec.Events)
		})
	}
}

// BenchmarkRequest is one request of 100 events, on one connection, against a
// server in the same process whose cost is included.
func BenchmarkRequest(b *testing.B) {
	url := serve(b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		f := w.(http.Flusher)
		for range 100 {
			_, _ = io.WriteString(w, usual)
			f.Flush()
		}
		_, _ = io.WriteString(w, finish+usage1+done)
	}))
	c := newClient(b, Config{URL: url, Dialect: FullDialect()})
	s, req := slot(b, c), hello()
	body, err := c.Encode(req)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		var rec record.Record
		s.Do(b.Context(), req, body, &rec)
		if rec.Outcome != record.OK || rec.Events != 100 {
			b.Fatal(rec.Outcome, rec.Events, rec.Error)
		}
	}
}
