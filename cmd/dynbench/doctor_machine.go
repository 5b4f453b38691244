package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/harness/config"
)

// spareFiles are the files that a run needs besides its connections.
const spareFiles = 64

// leastSpace is what a full sweep with its records and plots may take.
const leastSpace = 1 << 30

// machine looks at what this machine gives to a run.
func (e *examination) machine(ctx context.Context, o config.Options, lookup config.Lookup) {
	b := thisBuild()
	e.ok("program", "dynbench %s, %s, %s/%s", b.Version, b.Go, b.OS, b.Arch)
	e.processors()
	connections := slices.Max(o.Concurrencies)
	e.files(connections)
	e.ports(connections)
	e.clock()
	e.output(o.OutputDir)
	e.leftovers(ctx)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
		if v, ok := lookup(name); ok && v != "" {
			e.warn("proxy", "%s is set, and is not used: what is measured is reached directly", name)
		}
	}
}

func (e *examination) processors() {
	n := runtime.GOMAXPROCS(0)
	load, known := loadAverage()
	switch {
	case known && load > float64(n):
		e.warn("processors", "%d, and %.1f processes want one already: figures will show it; stop other work", n, load)
	case n == 1:
		e.warn("processors", "1: at high rates the client may limit the figures, and will say so")
	default:
		e.ok("processors", "%d", n)
	}
}

// loadAverage is that of the last minute, where the system tells it.
func loadAverage() (float64, bool) {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0, false
	}
	first, _, _ := strings.Cut(string(b), " ")
	v, err := strconv.ParseFloat(first, 64)
	return v, err == nil
}

func (e *examination) files(connections int) {
	limit, known := openFiles()
	need := uint64(connections + spareFiles)
	switch {
	case !known:
		e.ok("open files", "no limit known; %d connections are asked for", connections)
	case limit < need:
		e.fail("open files", "limit %d, but %d connections need %d: raise it (ulimit -n %d) or ask for less", limit, connections, need, need)
	default:
		e.ok("open files", "limit %d, %d needed", limit, need)
	}
}

func (e *examination) ports(connections int) {
	b, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	fields := strings.Fields(string(b))
	if err != nil || len(fields) != 2 {
		return // not this system's way
	}
	low, err1 := strconv.Atoi(fields[0])
	high, err2 := strconv.Atoi(fields[1])
	if err1 != nil || err2 != nil {
		return
	}
	// Connections of the level before linger for a while.
	if n := high - low + 1; n < 2*connections {
		e.warn("ports", "%d local ports for %d connections: widen net.ipv4.ip_local_port_range (15000 65000)", n, connections)
	} else {
		e.ok("ports", "%d local ports", n)
	}
}

// coarse is a step of the clock that shows in latencies.
const coarse = 100 * time.Microsecond

func (e *examination) clock() {
	step := clockStep()
	source := "of the system"
	if b, err := os.ReadFile("/sys/devices/system/clocksource/clocksource0/current_clocksource"); err == nil {
		source = strings.TrimSpace(string(b))
	}
	if step > coarse {
		e.warn("clock", "%s, in steps of %s: latencies are no more exact than that", source, step)
		return
	}
	e.ok("clock", "%s, in steps of %s", source, step)
}

// clockStep is the smallest step that the clock was seen to make.
func clockStep() time.Duration {
	least := time.Second
	for range 200 {
		began := time.Now()
		d := time.Since(began)
		for d <= 0 {
			d = time.Since(began)
		}
		least = min(least, d)
	}
	return least
}

// output tries the result folder, or the nearest one above it that exists.
func (e *examination) output(dir string) {
	there := dir
	for {
		info, err := os.Stat(there)
		if err == nil && !info.IsDir() {
			e.fail("output", "%s is no folder: name another --output-dir", there)
			return
		}
		parent := filepath.Dir(there)
		if err == nil || !errors.Is(err, os.ErrNotExist) || parent == there {
			break
		}
		there = parent
	}
	f, err := os.CreateTemp(there, ".dynbench-*")
	if err != nil {
		e.fail("output", "%v: name another --output-dir", err)
		return
	}
	f.Close()
	os.Remove(f.Name())
	if free, known := freeSpace(there); known && free < leastSpace {
		e.warn("output", "%s can be written, but has %d MiB left: records of long runs need more", dir, free>>20)
		return
	}
	e.ok("output", "%s can be written", dir)
}

// leftovers clears away what runs that were killed have left.
func (e *examination) leftovers(ctx context.Context) {
	done, err := fixtures.ClearAway(ctx)
	for _, what := range done {
		e.warn("leftovers", "%s", what)
	}
	switch {
	case err != nil:
		e.fail("leftovers", "%v: end or remove it by hand, or restart the machine", err)
	case len(done) == 0:
		e.ok("leftovers", "none of runs that were killed")
	}
}
