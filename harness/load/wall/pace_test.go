package wall

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/record"
)

func pacers(t *testing.T, check func(t *testing.T, clock record.Clock, p pacer)) {
	clock := record.NewClock()
	for name, make := range map[string]func() (pacer, error){
		"system":  func() (pacer, error) { return newPacer(clock, false) },
		"thread":  func() (pacer, error) { return newPacer(clock, true) },
		"runtime": func() (pacer, error) { return newTicker(clock), nil },
	} {
		t.Run(name, func(t *testing.T) {
			procs := runtime.GOMAXPROCS(0)
			p, err := make()
			require.NoError(t, err)
			check(t, clock, p)
			p.close()
			require.Equal(t, procs, runtime.GOMAXPROCS(0))
		})
	}
}

func TestPacerIsNeverEarly(t *testing.T) {
	pacers(t, func(t *testing.T, clock record.Clock, p pacer) {
		for i := range 200 {
			// Some of them lie in the past.
			at := time.Duration(clock.Now()) + time.Duration(i-20)*10*time.Microsecond
			require.NoError(t, p.until(at))
			require.GreaterOrEqual(t, clock.Now(), int64(at))
		}
		require.NoError(t, p.until(0))
	})
}

func TestPacerWakes(t *testing.T) {
	pacers(t, func(t *testing.T, clock record.Clock, p pacer) {
		p.wake() // counts for the wait that follows
		require.NoError(t, p.until(load.Forever))
		for range 100 {
			done := make(chan error)
			go func() { done <- p.until(time.Hour) }()
			p.wake()
			require.NoError(t, <-done)
		}
	})
}
