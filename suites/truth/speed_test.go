package truth

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures/reference"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/target"
	"github.com/dynbench/dynbench/harness/workload"
)

// What the client may cost beside a bare reader of lines in the same run.
const (
	leastSpeed = 0.6 // of its tokens/s, 32 events a write
	mostCPU    = 1.3 // of its processor time a token, one event a write
)

// The load of both: as many slots as a server of one engine, 256 tokens.
const (
	speedSlots = 16
	speedOSL   = 256
)

// TestSpeedOfManyEventsAWrite: output tokens/s on one processor, the server on
// another, which writes 32 events at a time.
func TestSpeedOfManyEventsAWrite(t *testing.T) {
	ours, plain := sideBySide(t, reference.Config{EventsPerWrite: 32}, 12_000)
	ratio := ours.perSecond() / plain.perSecond()
	t.Logf("%.2f of a bare reader's tokens/s, %.2f of its processor time a token", ratio, ours.perToken()/plain.perToken())
	if strict() {
		require.GreaterOrEqual(t, ratio, leastSpeed)
	}
}

// TestCostOfOneEventAWrite: processor time a token where each event comes in a
// write of its own, as engines send them.
func TestCostOfOneEventAWrite(t *testing.T) {
	ours, plain := sideBySide(t, reference.Config{}, 2_000)
	ratio := ours.perToken() / plain.perToken()
	t.Logf("%.2f of a bare reader's processor time a token, %.2f of its tokens/s", ratio, ours.perSecond()/plain.perSecond())
	if strict() {
		require.LessOrEqual(t, ratio, mostCPU)
	}
}

// sideBySide measures the client and a bare reader against one server, each
// side on one processor. The bare reader goes before and after.
func sideBySide(t *testing.T, c reference.Config, requests int) (ours, plain rate) {
	t.Helper()
	needsQuiet(t)
	clientCPU, serverCPU := needsCPUs(t)
	switch {
	case testing.Short():
		requests /= 20
	case !strict():
		requests /= 8
	}
	server := serve(t, c, serverCPU)
	restore, err := reference.Pin(clientCPU)
	require.NoError(t, err)
	defer func() { require.NoError(t, restore()) }()

	before := bare(t, server.URL(), speedSlots, requests, speedOSL)
	ours = measured(t, server.URL(), requests)
	after := bare(t, server.URL(), speedSlots, requests, speedOSL)
	plain = rate{before.tokens + after.tokens, before.wall + after.wall, before.cpu + after.cpu}
	t.Logf("client: %s", ours)
	t.Logf("bare reader: %s", plain)
	return ours, plain
}

// measured is what the product does, its files included: the level's rate over
// its window, and the processor time of the whole level.
func measured(t *testing.T, url string, requests int) rate {
	t.Helper()
	runtime.GC()
	run := harness.Run(t, target.Target{URL: url, Model: reference.DefaultModel}, harness.Sweep{
		Workload: workload.Synthetic{ISL: 128, OSL: speedOSL},
		Levels:   load.Concurrency(speedSlots),
		Measure:  load.Requests(requests),
		NoPlot:   true,
	})
	level := run.Levels[0]
	harness.RequireLevel(t, level)
	cpu := level.Detail.Client.CPUBusy * level.Ended.Sub(level.Started).Seconds() * float64(runtime.GOMAXPROCS(0))
	return rate{
		tokens: int(level.Totals.Output),
		wall:   time.Duration(level.Window.End - level.Window.Start),
		cpu:    time.Duration(cpu * float64(time.Second)),
	}
}
