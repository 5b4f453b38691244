package harness

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
)

// What runs beside a level ends with it, and tells on the clock of the records.
func TestBeside(t *testing.T) {
	m := &measurement{clock: record.NewClock()}
	require.Nil(t, m.beside(t.Context())())

	m.sweep.Beside = func(ctx context.Context, base time.Time) []result.Event {
		at := time.Now()
		<-ctx.Done()
		return []result.Event{{At: int64(at.Sub(base)), What: "crash", Part: "engine-0"}}
	}
	from := m.clock.Now()
	end := m.beside(t.Context())
	events := end()
	require.Len(t, events, 1)
	require.GreaterOrEqual(t, events[0].At, from)
	require.LessOrEqual(t, events[0].At, m.clock.Now())
	require.Equal(t, "crash engine-0", events[0].Label())
}
