package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures/reference"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/target"
)

// short is a calibration of a moment.
func short() calibration {
	return calibration{Streams: []int{1, 2}, Rates: []float64{20}, Span: 50 * time.Millisecond, OSL: 2, Slots: 2}
}

func TestCalibrate(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for name, inside := range map[string]bool{"in this process": true, "in its own": false} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			e := examination{out: &out}
			c := short()
			c.InProcess = inside
			require.NoError(t, e.calibrate(t.Context(), c, []int{1, 90_000}))
			require.NoError(t, e.err)
			require.Zero(t, e.failed)
			text := out.String()
			require.Regexp(t, `(?m)^streams, 50 tokens/s each +(at least|fewer than|1)`, text)
			require.Regexp(t, `(?m)^output tokens/s +[1-9]\d* `, text)
			require.Regexp(t, `(?m)^arrivals/s +(at least|fewer than) 20 `, text)
			require.Regexp(t, `(?m)^warn +levels +concurrency .*90000`, text)
		})
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestCalibrateEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	cancel(cause)
	c := short()
	c.InProcess = true
	require.Error(t, (&examination{out: &bytes.Buffer{}}).calibrate(ctx, c, nil))
}

func TestClimb(t *testing.T) {
	tries := map[int]int{}
	try := func(limit, noise int) func(int) (string, error) {
		return func(n int) (string, error) {
			tries[n]++
			if n > limit || n == noise && tries[n] == 1 {
				return "late", nil
			}
			return "", nil
		}
	}
	steps := []int{10, 20, 30}
	for _, c := range []struct {
		limit, noise int
		want         step
		shown        string
	}{
		{limit: 5, want: step{failed: 10, why: "late"}, shown: "fewer than 10"},
		{limit: 20, want: step{held: 20, failed: 30, why: "late"}, shown: "20"},
		{limit: 99, noise: 20, want: step{held: 30}, shown: "at least 30"},
	} {
		clear(tries)
		got, err := climb(steps, try(c.limit, c.noise))
		require.NoError(t, err)
		require.Equal(t, c.want, got)
		require.Equal(t, c.shown, got.String())
	}
	_, err := climb(steps, func(int) (string, error) { return "", errors.New("down") })
	require.ErrorContains(t, err, "down")
}

func TestLevelsAboveTheCeiling(t *testing.T) {
	for _, c := range []struct {
		found   step
		planned []int
		want    []string
	}{
		{step{held: 200, failed: 500}, []int{1, 200}, []string{"ok    levels"}},
		{step{held: 200, failed: 500}, []int{1, 300, 500, 900}, []string{"concurrency 500, 900: above", "concurrency 300: not tried, the highest step that was held is 200"}},
		{step{held: 2000}, []int{3000}, []string{"concurrency 3000: not tried"}},
		{step{failed: 50}, []int{60}, []string{"concurrency 60: above"}},
	} {
		var out bytes.Buffer
		(&examination{out: &out}).levels(c.found, c.planned)
		for _, w := range c.want {
			require.Contains(t, out.String(), w)
		}
	}
}

func TestTTFTOffTheRecordIsNoticed(t *testing.T) {
	started := time.Now()
	l := &result.Level{Started: started, Stats: metric.Values{metric.TTFT.Def().Key: {P: []metric.Quantile{{P: 50, Value: 60}, {P: 99, Value: 90}}}}}
	told := func(ms ...int64) string {
		var all []reference.Entry
		for _, v := range ms {
			at := started.UnixNano() + 1
			all = append(all, reference.Entry{Arrived: at, First: at + v*1e6, Events: 2})
		}
		all = append(all, reference.Entry{Arrived: started.UnixNano() - 1, Events: 1}) // the probe
		why, err := peer{record: func(context.Context) ([]reference.Entry, error) { return all, nil }}.contradicts(t.Context(), l)
		require.NoError(t, err)
		return why
	}
	require.Empty(t, told(60, 60, 90))
	require.Equal(t, "TTFT p50 60.00 ms, but 40.00 in the server's record", told(40, 40, 90))
	require.Contains(t, told(60, 60, 60), "TTFT p99 90.00 ms")
	require.Empty(t, told())
}

func TestCalibrationNamesTheLimitOfFiles(t *testing.T) {
	if _, known := openFiles(); !known {
		t.Skip("this system tells no limit")
	}
	require.Empty(t, missingFiles(1, target.Target{}))
	require.Contains(t, missingFiles(1<<50, target.Target{}), "ulimit -n")
}
