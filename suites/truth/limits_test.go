package truth

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures/reference"
)

// strict says that the limits are those that the project promises.
func strict() bool { return os.Getenv("DYNBENCH_TRUTH") == "strict" }

// wide is the limit of this run for a promised one.
func wide(promised time.Duration) time.Duration {
	if strict() {
		return promised
	}
	return 10 * promised
}

// tries is how often a figure may be taken before it counts: a machine that is
// shared takes the processor away now and then, and lies for both sides.
func tries() int {
	if strict() {
		return 1
	}
	return 3
}

// onlyStrict skips what takes long or much.
func onlyStrict(t *testing.T, why string) {
	t.Helper()
	if !strict() {
		t.Skipf("%s: run with DYNBENCH_TRUTH=strict (make truth)", why)
	}
}

// serve starts a reference server in a process of its own, on the given
// processors if any are named.
func serve(t *testing.T, c reference.Config, cpus ...int) *reference.Process {
	t.Helper()
	p, err := reference.Spawn(context.WithoutCancel(t.Context()), c, cpus...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

// byID joins by request id what the server recorded.
func byID(t *testing.T, p *reference.Process) map[string]reference.Entry {
	t.Helper()
	all, err := p.Record(t.Context())
	require.NoError(t, err)
	m := make(map[string]reference.Entry, len(all))
	for _, e := range all {
		m[e.RequestID] = e
	}
	return m
}

// needsPorts skips where one client cannot hold n connections to one address.
func needsPorts(t *testing.T, n int) {
	t.Helper()
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		return
	}
	var low, high int
	if _, err := fmt.Sscan(string(text), &low, &high); err == nil && high-low < n+1000 {
		t.Skipf("%d connections want as many local ports, there are %d to %d: raise net.ipv4.ip_local_port_range", n, low, high)
	}
}

// needsCPUs skips where client and server cannot have a processor each, and
// returns two.
func needsCPUs(t *testing.T) (client, server int) {
	t.Helper()
	cpus := reference.CPUs()
	if len(cpus) < 2 {
		t.Skipf("processors %v: client and server want one each", cpus)
	}
	return cpus[0], cpus[1]
}

// peak starts to watch the most memory that this process holds at once and
// returns a func for it, in MB; 0 where the system does not tell.
func peak() func() float64 {
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
	return func() float64 {
		f, err := os.Open("/proc/self/status")
		if err != nil {
			return 0
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			var kb float64
			if rest, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
				_, _ = fmt.Sscan(rest, &kb)
				return kb * 1024 / 1e6
			}
		}
		return 0
	}
}

// cpuOf is the processor time that another process has taken, to 10 ms; 0 where
// the system does not tell.
func cpuOf(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	ticks := 0
	for i, field := range strings.Fields(rest) {
		var n int
		if _, err := fmt.Sscan(field, &n); err == nil && (i == 11 || i == 12) { // user, system
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
