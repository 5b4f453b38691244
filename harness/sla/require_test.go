package sla_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/sla"
)

// transcript is a test that writes down what it is told.
type transcript struct{ failed, logged []string }

func (t *transcript) Helper() {}
func (t *transcript) Errorf(format string, args ...any) {
	t.failed = append(t.failed, fmt.Sprintf(format, args...))
}
func (t *transcript) Logf(format string, args ...any) {
	t.logged = append(t.logged, fmt.Sprintf(format, args...))
}

func TestRequireTellsHowNearItCame(t *testing.T) {
	var got transcript
	slow := make([]float64, 150)
	for i := range slow {
		slow[i] = 100 + float64(i)/10
	}
	r := run(level("c1", 0, 38, 38, 38, 38), level("c50", 0, slow...))
	sla.Require(&got, r, sla.P90(metric.TTFT).AtMost(time.Millisecond).At("c50"), sla.Of(metric.CacheHitRatio).AtLeast(0.4).At("c1"))
	require.Equal(t, []string{
		"P90 time_to_first_token <= 1ms at c50: 113.4 ms [112.6, 114.2] n=150 fail; best 38 ms at c1 (n=4)",
		"cache_hit_ratio >= 0.4 at c1: no data; level ok",
	}, got.failed)
	require.Equal(t, []string{"error_rate <= 0.01 at c50: 0 n=150 pass; added: a goal on latency needs one on errors"}, got.logged)
}

func TestLineOfRepeats(t *testing.T) {
	l := level("c4", 0, 5)
	l.Dir = "c4/rep-2"
	row := sla.Check(run(l), sla.Max(metric.TTFT).AtMost(10*time.Millisecond)).Rows[0]
	require.Equal(t, "Max time_to_first_token <= 10ms at c4/rep-2: 5 ms n=1 pass", sla.Line(row))
}

func ExampleRequire() {
	var t transcript // *testing.T in a test
	r := run(level("c1", 0, of(300, 0)...))
	sla.Require(&t, r,
		sla.P99(metric.TTFT).AtMost(400*time.Millisecond),
		sla.Of(metric.ErrorRate).AtMost(0.001),
	)
	for _, line := range t.logged {
		fmt.Println(line)
	}
	// Output:
	// P99 time_to_first_token <= 400ms at c1: 100 ms [100, inf] n=300 pass
	// error_rate <= 0.001 at c1: 0 n=300 pass
}
