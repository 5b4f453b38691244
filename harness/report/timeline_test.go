package report

import (
	"errors"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
)

func yield(records []record.Record) iter.Seq2[record.Record, error] {
	return func(yield func(record.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

const second = int64(time.Second)

// at is a request that was sent at s seconds, with 100 tokens of which so many
// were cached.
func at(s float64, cached int) record.Record {
	sent := int64(s*1e9) + 5*second
	return record.Record{Sent: sent, End: sent + second/10, Input: 100, Cached: cached, HasCached: true}
}

func lost(s float64, o record.Outcome, after float64) record.Record {
	r := at(s, 0)
	r.Outcome, r.HasCached, r.End = o, false, r.Sent+int64(after*1e9)
	return r
}

func TestTimelineBins(t *testing.T) {
	warm := at(-3, 100)
	warm.Phase = record.Warmup
	silent := at(0.3, 50)
	silent.HasCached = false
	tl, err := NewTimeline(yield([]record.Record{
		warm, at(0, 80), at(0.4, 40), silent, at(0.6, 100), lost(0.7, record.Truncated, 0.9), lost(1.2, record.HTTPError, 0.1),
	}), []result.Event{{At: 6 * second, Took: second / 2, What: "crash", Part: "engine-1"}, {At: 7 * second, What: "join", Error: "no"}}, 0)
	require.NoError(t, err)
	require.Equal(t, DefaultBin, tl.Bin)
	require.Len(t, tl.Bins, 4)
	require.Equal(t, TimeBin{Start: 0, Sent: 3, Input: 200, Cached: 120, Failed: map[record.Outcome]int{}}, tl.Bins[0])
	require.Equal(t, TimeBin{Start: 500 * time.Millisecond, Sent: 2, Input: 100, Cached: 100, Failed: map[record.Outcome]int{}}, tl.Bins[1])
	require.Equal(t, 1, tl.Bins[2].Failed[record.HTTPError])
	require.Equal(t, 1, tl.Bins[3].Failed[record.Truncated], "it failed long after it was sent")
	require.Equal(t, []TimeEvent{
		{At: time.Second, Done: 1500 * time.Millisecond, Label: "crash engine-1"}, {At: 2 * time.Second, Done: 2 * time.Second, Label: "join", Failed: true},
	}, tl.Events)
	got, err := tl.CSV()
	require.NoError(t, err)
	require.Equal(t, strings.TrimLeft(`
start_s,sent,input_tokens,cached_tokens,hit_rate,failed,http_error,truncated,events
0,3,200,120,0.6000,0,0,0,
0.5,2,100,100,1.0000,0,0,0,
1,1,0,0,,1,1,0,crash engine-1
1.5,0,0,0,,1,0,1,
`, "\n"), string(got))
}

func TestTimelineOfNothing(t *testing.T) {
	tl, err := NewTimeline(yield(nil), []result.Event{{What: "crash"}}, time.Second)
	require.NoError(t, err)
	require.Empty(t, tl.Recoveries(0.9))
	png, err := tl.PNG()
	require.NoError(t, err)
	require.Empty(t, png)
	img, err := tl.Plot("t.png").Draw(nil, Options{})
	require.NoError(t, err)
	require.Nil(t, img)

	broken := errors.New("torn")
	_, err = NewTimeline(func(yield func(record.Record, error) bool) { yield(record.Record{}, broken) }, nil, 0)
	require.ErrorIs(t, err, broken)
}

// churned is a level of 20 s whose hit rate falls at a crash and comes back.
func churned(t *testing.T) Timeline {
	t.Helper()
	var all []record.Record
	for i := range 800 {
		s := float64(i) / 40
		cached := 90
		switch {
		case s < 2:
			cached = int(45 * s)
		case s >= 8 && s < 11:
			cached = 40 + int((s-8)*50/3)
		}
		r := at(s, cached)
		if s >= 8 && s < 8.2 {
			r = lost(s-0.2, record.Truncated, 0.3)
		}
		if i == 324 || i == 326 {
			r = lost(s, record.HTTPError, 0.01)
		}
		all = append(all, r)
	}
	tl, err := NewTimeline(yield(all), []result.Event{
		{At: 13 * second, What: "crash", Part: "engine-1"}, {At: 18 * second, What: "restart", Part: "engine-1", Took: second / 3},
		{At: 20 * second, What: "drain", Part: "engine-0", Took: second}, {At: 22 * second, What: "join", Part: "engine-4", Took: second / 4},
	}, 0)
	require.NoError(t, err)
	tl.Title = "KV Routing Under Churn"
	return tl
}

func TestRecoveries(t *testing.T) {
	all := churned(t).Recoveries(0.9)
	require.Len(t, all, 4)
	crash := all[0]
	require.Equal(t, "crash engine-1", crash.Event.Label)
	require.InDelta(t, 0.9, crash.Before, 1e-9)
	require.Less(t, crash.Lowest, 0.5)
	require.Equal(t, 2500*time.Millisecond, crash.After, "the bin from 10.5 s on is the first above 0.81")
	require.True(t, crash.Recovered)
	require.Zero(t, all[1].After, "nothing was lost")

	tl := churned(t)
	tl.Events = tl.Events[:1]
	for i := range tl.Bins {
		if tl.Bins[i].Start >= 8*time.Second {
			tl.Bins[i].Cached = 0
		}
	}
	require.False(t, tl.Recoveries(0.9)[0].Recovered)
}

// TestTimelinePicture draws one; DYNBENCH_GALLERY keeps it, to be looked at.
func TestTimelinePicture(t *testing.T) {
	png, err := churned(t).PNG()
	require.NoError(t, err)
	again, err := churned(t).PNG()
	require.NoError(t, err)
	require.Equal(t, png, again)
	require.Greater(t, len(png), 10_000)
	if dir := os.Getenv("DYNBENCH_GALLERY"); dir != "" {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "timeline.png"), png, 0o644))
	}
}
