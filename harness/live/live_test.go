package live

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/dynbench/dynbench/harness/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const ms = int64(time.Millisecond)

func ok(sent, ttft, latency int64) record.Record {
	return record.Record{Sent: sent * ms, FirstToken: (sent + ttft) * ms, Last: (sent + latency) * ms, End: (sent + latency) * ms}
}

func TestLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		v := New(Config{Out: &out})
		b := v.Level("c2", 2, 100, 0)
		for range 2 {
			b.Sent()
			require.NoError(t, b.Put(record.Record{Phase: record.Warmup, Sent: 1, End: 2}))
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		for i := range int64(50) {
			b.Sent()
			require.NoError(t, b.Put(ok(100+i*100, 81, 100)))
		}
		b.Sent()
		b.Sent()
		failed := ok(5000, 0, 100)
		failed.Outcome = record.HTTPError
		require.NoError(t, b.Put(failed))
		time.Sleep(5 * time.Second)
		synctest.Wait()
		b.Done("ok", "")
		b.Done("failed", "a second time does nothing")
		time.Sleep(time.Minute)
		require.Equal(t, `c2  0/100 requests, 0:05 elapsed, warm-up, 0/2 in flight
c2  51/100 requests, 0:10 elapsed, 0:05 left, 1/2 in flight, 10.0 req/s, TTFT p50 81.0 ms, 1 errors
c2  ok in 0:10  51 requests, 10.0 req/s, TTFT p50 81.0 ms, 1 errors
`, out.String())
	})
}

func TestLinesOfALevelBoundedByTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		v := New(Config{Out: &out, Every: time.Second})
		b := v.Level("r8", 0, 0, 90*time.Second)
		b.Sent()
		time.Sleep(2500 * time.Millisecond)
		synctest.Wait()
		require.InDelta(t, 2.5/90, b.fraction(), 1e-9)
		b.Done("failed", "no request succeeded")
		require.Equal(t, `r8  0 requests, 0:01 elapsed, 1:29 left, 1 in flight
r8  0 requests, 0:02 elapsed, 1:28 left, 1 in flight
r8  failed in 0:03  no request succeeded
`, out.String())
	})
}

// TestTerminal draws real bars for 80 columns and looks at what stays.
func TestTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out safeBuffer
		v := New(Config{Out: &out, Terminal: true, Width: 80})
		b := v.Level("c50", 50, 150, 0)
		for i := range int64(75) {
			b.Sent()
			require.NoError(t, b.Put(ok(100+i*100, 81, 100)))
		}
		time.Sleep(2 * time.Second)
		v.Println("a warning")
		time.Sleep(2 * time.Second)
		b.Done("ok", "6.4 req/s")
		next := v.Level("c100", 100, 300, 0)
		time.Sleep(time.Second)
		next.Done("skipped", "why")

		frames := screen(out.String())
		require.Contains(t, frames, "c50 [")
		require.Contains(t, frames, "75/150  0:02 eta 0:08  0/50 in flight  10.0/s  ttft 81.0ms")
		for line := range strings.Lines(frames) {
			require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\n")), 80, line)
		}
		require.Equal(t, []string{"a warning", "c50  ok in 0:04  6.4 req/s", "c100  skipped in 0:01  why"}, remaining(out.String()))
	})
}

func TestTerminalTooNarrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out safeBuffer
		v := New(Config{Out: &out, Terminal: true, Width: 30})
		b := v.Level("c1000", 1000, 100000, 0)
		for i := range int64(999) {
			b.Sent()
			require.NoError(t, b.Put(ok(100+i, 12345, 20000)))
		}
		time.Sleep(2 * time.Second)
		b.Done("ok", "done")
		for line := range strings.Lines(screen(out.String())) {
			require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\n")), 30, line)
		}
	})
}

func TestTwoLevelsAtOnce(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var out safeBuffer
			v := New(Config{Out: &out, Terminal: terminal, Every: time.Second})
			var all sync.WaitGroup
			for _, name := range []string{"a", "b"} {
				all.Go(func() {
					b := v.Level(name, 4, 1000, time.Minute)
					for range 4 {
						all.Go(func() {
							for i := range int64(200) {
								b.Sent()
								_ = b.Put(ok(i*10, 5, 9))
								time.Sleep(10 * time.Millisecond)
							}
						})
					}
					time.Sleep(3 * time.Second)
					b.Done("ok", "")
				})
			}
			all.Wait()
			text := out.String()
			require.Contains(t, text, "a  ok in 0:03  800 requests")
			require.Contains(t, text, "b  ok in 0:03  800 requests")
		})
	}
}

func TestFailedOutputIsIgnored(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			v := New(Config{Out: broken{}, Terminal: terminal})
			b := v.Level("c1", 1, 10, 0)
			time.Sleep(20 * time.Second)
			require.NoError(t, b.Put(ok(1, 2, 3)))
			v.Println("nobody reads this")
			b.Done("ok", "")
			v.Level("c2", 1, 10, 0).Done("ok", "")
		})
	}
}

func TestNothingToShowTo(t *testing.T) {
	var none *View
	for _, v := range []*View{none, New(Config{})} {
		b := v.Level("c1", 1, 1, 0)
		b.Sent()
		require.NoError(t, b.Put(record.Record{}))
		b.Done("ok", "")
		v.Println("x")
	}
}

func TestMedianIsWithinABucket(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		var h histogram
		_, found := h.median()
		require.False(t, found)
		var all []int64
		for range 1 + rng.IntN(500) {
			ns := int64(rng.ExpFloat64() * 1e8)
			h.add(ns)
			all = append(all, ns)
		}
		slices.Sort(all)
		got, found := h.median()
		require.True(t, found)
		want := float64(all[(len(all)-1)/2])
		require.InDelta(t, want, float64(got), 0.004*want+1)
	}
}

func TestClock(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0:00", 1600 * time.Millisecond: "0:02", 754 * time.Second: "12:34", time.Hour + 62*time.Second: "1:01:02",
	} {
		require.Equal(t, want, clock(d))
	}
}

func BenchmarkPut(b *testing.B) {
	bar := &Bar{view: New(Config{})}
	r := ok(1, 80, 200)
	b.ReportAllocs()
	for b.Loop() {
		bar.Sent()
		_ = bar.Put(r)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("closed") }

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

var _ io.Writer = (*safeBuffer)(nil)

// up is how a drawing takes back the lines of the one before.
var up = regexp.MustCompile(`\x1b\[(\d+)A\x1b\[J`)

// screen is everything that was ever drawn, without the control codes.
func screen(s string) string { return up.ReplaceAllString(s, "") }

// remaining are the lines that a terminal shows in the end.
func remaining(s string) []string {
	var lines []string
	for s != "" {
		at := up.FindStringSubmatchIndex(s)
		text := s
		if at != nil {
			text = s[:at[0]]
		}
		for line := range strings.Lines(text) {
			lines = append(lines, strings.TrimRight(line, "\n"))
		}
		if at == nil {
			break
		}
		n := int(s[at[2]] - '0')
		lines = lines[:max(len(lines)-n, 0)]
		s = s[at[1]:]
	}
	return lines
}
