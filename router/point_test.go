package router

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
)

const ms = int64(time.Millisecond)

// answered is a request that was answered by a worker, with a TTFT.
func answered(worker uint64, ttft int64, cached int) record.Record {
	return record.Record{
		Sent: ms, FirstToken: ms + ttft*ms, Last: 500 * ms, End: 500 * ms, Events: 4, Input: 100, Output: 4, Wanted: 4, Cached: cached, HasCached: true,
		InputSource: record.Usage, OutputSource: record.Usage, Decode: worker,
	}
}

func failure(o record.Outcome, status int) record.Record {
	return record.Record{Sent: ms, End: 2 * ms, Outcome: o, Error: &record.Error{Status: status, Message: "oops"}}
}

// merged are records of runs, each ten seconds long.
func merged(limits []metric.Limit, runs ...[]record.Record) Point {
	m := merger{limits: limits, all: metric.Standard().Begin(limits...)}
	for i, records := range runs {
		run := perRun{start: float64(100 * i), end: float64(100*i + 10), participation: Participation{Source: SourceAnswers}}
		for j := range records {
			m.add(&records[j], &run)
		}
		m.runs = append(m.runs, run)
	}
	return m.finish()
}

func TestFailuresAreCountedApart(t *testing.T) {
	short := answered(1, 100, 0)
	short.Output = 3
	p := merged(nil, []record.Record{
		answered(1, 100, 0), answered(2, 300, 50), short, failure(record.HTTPError, 503), failure(record.HTTPError, 429),
		failure(record.HTTPError, 500), failure(record.Timeout, 0), failure(record.Truncated, 0), failure(record.HTTPError, 404),
	})
	require.Equal(t, Counts{Rejected: 2, Unexplained: 1, Timeouts: 1, Other: 2, Short: 1}, p.Failures)
	require.Equal(t, "http_error 500: oops", p.sample)
	require.Equal(t, ", as http_error 500: oops", (&Summary{Points: []Point{{}, p}}).unexplained())
	require.Equal(t, 9, p.Requests)
	require.Equal(t, 3, p.OK)
	require.InDelta(t, 0.2, float64(p.Goodput), 1e-12, "two good ones in ten seconds")
	require.InDelta(t, 2.0/9, float64(p.Good), 1e-12)
	require.InDelta(t, 50.0/300, float64(p.HitRate), 1e-12)
	require.InDelta(t, 1.1, float64(p.Throughput), 1e-12)
	require.InDelta(t, 500.0/3, float64(p.TTFT.Avg), 1e-9)

	limited := merged([]metric.Limit{metric.Within(metric.TTFT, 200*time.Millisecond)}, []record.Record{answered(1, 100, 0), answered(2, 300, 50)})
	require.InDelta(t, 0.5, float64(limited.Good), 1e-12)
}

// Workers of runs between which engines were restarted have other ids.
func TestWorkersAreCountedByRun(t *testing.T) {
	p := merged(nil,
		[]record.Record{answered(1, 1, 0), answered(1, 1, 0), answered(2, 1, 0), answered(2, 1, 0)},
		[]record.Record{answered(3, 1, 0), answered(3, 1, 0), answered(3, 1, 0), answered(4, 1, 0)})
	require.Equal(t, 2, p.Workers)
	p.settle(2, 1, 2, 1)
	require.InDelta(t, 0.25, float64(p.Balance), 1e-12, "0 in the first run, 0.5 in the second")
	p.settle(4, 1, 2, 1)
	require.Greater(t, float64(p.Balance), 1.0, "half of the workers did nothing")
	require.Equal(t, 2, p.Runs)
}

func TestAPointWithoutData(t *testing.T) {
	p := merged(nil, []record.Record{failure(record.Connect, 0)})
	require.False(t, p.TTFT.Avg.Known())
	require.False(t, p.HitRate.Known())
	require.Zero(t, float64(p.Goodput))
	p.settle(2, 1, 2, 0)
	require.Zero(t, p.Oracle)
}
