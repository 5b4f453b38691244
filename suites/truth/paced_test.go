package truth

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures/reference"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/target"
	"github.com/dynbench/dynbench/harness/workload"
)

// How far the client's report may be off the server's record.
const (
	offTTFT    = 100 * time.Microsecond
	offTTFTTLS = 200 * time.Microsecond
	offITL     = 20 * time.Microsecond
)

// load of the paced tests: in strict mode eight requests a slot of 128 tokens.
func rounds() (perSlot, osl int) {
	switch {
	case strict():
		return 8, 128
	case testing.Short():
		return 2, 16
	}
	return 2, 32
}

// answerTime is how long the reference server takes for an answer. Slots that
// start over it are not in step: at no time do many of them end and ask at once.
func answerTime() time.Duration {
	_, osl := rounds()
	p := reference.Usual()
	return (p.FirstMin+p.FirstMax)/2 + time.Duration(osl-1)*p.ITL
}

// TestPacedStreams: TTFT p50, p90, p99 and the mean ITL, as the client reports
// them, are those of the server's record, while both share the processors.
func TestPacedStreams(t *testing.T) {
	needsQuiet(t)
	streams := []int{100, 400, 1000}
	if testing.Short() {
		streams = streams[:1]
	}
	if strict() {
		streams = append(streams, 2000)
	}
	for _, n := range streams {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			server := serve(t, reference.Config{Pace: reference.Usual()})
			held(t, server, n, answerTime(), wide(offTTFT))
		})
	}
}

// TestStreamsInStep: slots that start at once end and ask at once too, all in some
// 150 ms. The client reports that as truly, or says that it was too slow.
func TestStreamsInStep(t *testing.T) {
	needsQuiet(t)
	if testing.Short() {
		t.Skip("takes its time")
	}
	streams := 400
	if strict() {
		streams = 2000
	}
	needsFiles(t, streams)
	needsPorts(t, streams)
	perSlot, osl := rounds()
	server := serve(t, reference.Config{Pace: reference.Usual()})
	run, level := paced(t, server, "in-step", load.Concurrency(streams), perSlot*streams, osl)
	if wrong := judge(t, level, both(t, run, level, byID(t, server)), wide(offTTFT)); len(wrong) > 0 {
		require.True(t, admits(level), "the level does not say that the client was too slow: %v", wrong)
		t.Logf("the level says itself that the client was too slow: %v", level.LimitedBy)
	}
}

// TestPacedStreamsOverTLS: the stamps lie below TLS.
func TestPacedStreamsOverTLS(t *testing.T) {
	needsQuiet(t)
	streams := 400
	if testing.Short() {
		streams = 50
	}
	held(t, secure(t), streams, answerTime(), wide(offTTFTTLS))
}

// secure is a server that this process trusts. There is one: a process reads
// its roots once.
func secure(t *testing.T) *reference.Process {
	t.Helper()
	p, err := theSecure()
	require.NoError(t, err)
	t.Setenv("SSL_CERT_FILE", filepath.Join(t.TempDir(), "ca.pem"))
	require.NoError(t, os.WriteFile(os.Getenv("SSL_CERT_FILE"), p.CA(), 0o600))
	return p
}

// held measures server with n streams and holds what is reported against what
// it recorded.
func held(t *testing.T, server *reference.Process, n int, spread, off time.Duration) {
	t.Helper()
	needsFiles(t, n)
	needsPorts(t, n)
	perSlot, osl := rounds()
	for try := 1; ; try++ {
		used := peak()
		run, level := paced(t, server, fmt.Sprintf("paced-%d", try), load.Spread(spread, load.Concurrency(n)), perSlot*n, osl)
		memory := used()
		wrong := judge(t, level, both(t, run, level, byID(t, server)), off)
		t.Logf("peak memory %.0f MB", memory)
		if strict() && n == 2000 && memory > 150 {
			t.Errorf("%d streams took %.0f MB, more than 150", n, memory)
		}
		if len(wrong) == 0 || t.Failed() {
			return
		}
		if !strict() && admits(level) {
			t.Logf("the level says itself that the client was too slow here: %v", wrong)
			return
		}
		if try == tries() {
			for _, w := range wrong {
				t.Error(w)
			}
			return
		}
		t.Logf("try %d: %v", try, wrong)
	}
}

// paced asks server requests times at one level.
func paced(t *testing.T, server *reference.Process, name string, levels []load.Level, requests, osl int) (*result.Run, result.Level) {
	t.Helper()
	cpu, its, began := cpuTime(), cpuOf(server.Pid()), time.Now()
	run := harness.Run(t, target.Target{URL: server.URL(), Model: reference.DefaultModel}, harness.Sweep{
		Name:     name,
		Workload: workload.Synthetic{ISL: 128, OSL: osl},
		Levels:   levels,
		Measure:  load.Requests(requests),
		NoPlot:   true,
	})
	took := time.Since(began).Seconds()
	t.Logf("%.2f processors busy with the client, %.2f with the server",
		(cpuTime()-cpu).Seconds()/took, (cpuOf(server.Pid())-its).Seconds()/took)
	harness.RequireLevel(t, run.Levels[0])
	return run, run.Levels[0]
}

// admits says that the level is marked as one where the client was too slow: a
// machine that is busy with something else makes it so, and no figure is claimed.
func admits(level result.Level) bool {
	c := level.Detail.Client
	return level.ClientLimited || c.FirstShared > 0.01 || c.P99SendLag > 1
}

// seen is one request on both sides.
type seen struct {
	client record.Record
	server reference.Entry
}

// both joins the level's measured records with the server's.
func both(t *testing.T, run *result.Run, level result.Level, truth map[string]reference.Entry) []seen {
	t.Helper()
	var all []seen
	for r, err := range record.ReadFile(filepath.Join(run.Dir, level.Dir, result.RecordsFile)) {
		require.NoError(t, err)
		if r.Phase != record.Measured {
			continue
		}
		e, ok := truth[r.RequestID]
		require.True(t, ok && e.Whole, "request %s is not in the server's record", r.RequestID)
		all = append(all, seen{r, e})
	}
	require.Len(t, all, level.Requests)
	return all
}

// judge compares what the level reports with what the server did, and returns
// what is off by more than it may.
func judge(t *testing.T, level result.Level, all []seen, off time.Duration) (wrong []string) {
	t.Helper()
	var late, blur, sum, there, back []int64
	var itl float64
	user, shared := 0, 0
	for _, s := range all {
		late, blur = append(late, s.server.Late), append(blur, s.server.Blur)
		sum = append(sum, s.server.TTFT())
		base := level.Base.UnixNano()
		there = append(there, s.server.Arrived-base-s.client.Sent)
		back = append(back, base+s.client.FirstToken-s.server.First)
		if s.client.FirstShared {
			shared++
		}
		itl += s.server.ITL() / float64(len(all))
		if s.client.Stamp != record.Kernel {
			user++
		}
	}
	t.Logf("server: p99 of the worst lateness of a stream %s, of the time in a write %s", at(late, 99), at(blur, 99))
	t.Logf("p50 and p99 from send to arrival %s %s, of the first token back %s %s; %d of %d first tokens shared a read, %d have user stamps",
		at(there, 50), at(there, 99), at(back, 50), at(back, 99), shared, len(all), user)
	check := func(what string, client, server, off time.Duration) {
		line := fmt.Sprintf("%s: client %s, server %s", what, client.Round(time.Microsecond), server.Round(time.Microsecond))
		t.Log(line)
		if (client - server).Abs() > off {
			wrong = append(wrong, fmt.Sprintf("%s: off by %s, more than %s", line, (client-server).Abs(), off))
		}
	}
	for _, p := range []float64{50, 90, 99} {
		q, ok := level.Quantile(metric.TTFT.Def().Key, p)
		require.True(t, ok)
		check(fmt.Sprintf("TTFT p%g", p), ms(q.Value), at(sum, p), off)
	}
	mean, ok := level.Value(metric.ITL.Def().Key)
	require.True(t, ok)
	check("ITL mean", ms(mean), time.Duration(itl), wide(offITL))
	if user > 0 && !strict() {
		t.Logf("%d of %d requests have no kernel stamps: nothing is promised, %v", user, len(all), wrong)
		return nil
	}
	return wrong
}

func ms(v float64) time.Duration { return time.Duration(v * float64(time.Millisecond)) }

// at interpolates between order statistics at rank p(n-1).
func at(v []int64, p float64) time.Duration {
	v = slices.Sorted(slices.Values(v))
	rank := p / 100 * float64(len(v)-1)
	low := int(rank)
	high := min(low+1, len(v)-1)
	return time.Duration(float64(v[low]) + (rank-float64(low))*float64(v[high]-v[low]))
}
