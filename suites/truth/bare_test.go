package truth

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// rate is what one processor did.
type rate struct {
	tokens    int
	wall, cpu time.Duration
}

func (r rate) perSecond() float64 { return float64(r.tokens) / r.wall.Seconds() }
func (r rate) perToken() float64  { return float64(r.cpu.Nanoseconds()) / float64(r.tokens) }

func (r rate) String() string {
	return fmt.Sprintf("%.0f tokens/s, %.0f ns of processor time a token", r.perSecond(), r.perToken())
}

// bare reads streams as little as a Go client can: net/http, one line after the
// other, a stamp for each that has content. It keeps nothing.
func bare(t *testing.T, url string, slots, requests, osl int) rate {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: slots, ReadBufferSize: 64 << 10}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	body := fmt.Sprintf(`{"model":"m","stream":true,"max_tokens":%d,"messages":[{"role":"user","content":%q}]}`,
		osl, strings.Repeat("word ", 128))
	var left, tokens, stamps atomic.Int64
	left.Store(int64(requests))
	var all sync.WaitGroup
	errs := make(chan error, slots)
	began, used := time.Now(), cpuTime()
	for range slots {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				n, last, err := readBare(client, url+"/v1/chat/completions", body)
				tokens.Add(int64(n))
				stamps.Add(last.UnixNano() & 1)
				if err != nil {
					errs <- err
					return
				}
			}
		})
	}
	all.Wait()
	r := rate{int(tokens.Load()), time.Since(began), cpuTime() - used}
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	require.Equal(t, requests*osl, r.tokens)
	return r
}

func readBare(c *http.Client, url, body string) (n int, last time.Time, err error) {
	resp, err := c.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return 0, last, err
	}
	defer resp.Body.Close()
	lines := bufio.NewReaderSize(resp.Body, 64<<10)
	for {
		line, err := lines.ReadSlice('\n')
		if bytes.HasPrefix(line, []byte("data: {")) {
			last = time.Now()
			n++
		}
		if err == io.EOF {
			return n - 1, last, nil // the finish reason has a line too
		}
		if err != nil {
			return n, last, err
		}
	}
}
