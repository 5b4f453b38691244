package record

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

func TestBucketsCoverEveryGapWithinHalfAPercent(t *testing.T) {
	values := []int64{0, 1, 127, 128, 129, 255, 256, 1e3, 1e6, 1e9, 6e11, math.MaxInt64}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 10_000 {
		values = append(values, rng.Int64N(1<<rng.IntN(62)+1))
	}
	for _, v := range values {
		low, high := BucketBounds(BucketOf(v))
		require.LessOrEqual(t, low, v)
		require.True(t, v < high || high == math.MaxInt64, "%d in [%d,%d)", v, low, high)
		middle := float64(low) + float64(high-1-low)/2
		require.LessOrEqual(t, math.Abs(middle-float64(v)), 0.004*float64(v)+0.5, v)
	}
	require.Zero(t, BucketOf(-5))
}

func TestBucketsAscend(t *testing.T) {
	last := int64(0)
	for i := range BucketOf(math.MaxInt64) + 1 {
		low, high := BucketBounds(i)
		require.Equal(t, last, low, i)
		last = high
	}
}

func TestMergedGapsAreTheGapsOfAll(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	var whole, a, b Gaps
	for range 1000 {
		v := rng.Int64N(50_000_000)
		whole.Add(v)
		if rng.IntN(2) == 0 {
			a.Add(v)
		} else {
			b.Add(v)
		}
	}
	a.Merge(b)
	a.Merge(Gaps{})
	require.Empty(t, cmp.Diff(whole, a))
	require.True(t, slices.IsSortedFunc(a.Buckets, func(x, y Bucket) int { return int(x.Index) - int(y.Index) }))
}

func TestGapsCountedTogetherAreThoseCountedOneByOne(t *testing.T) {
	var one, many Gaps
	for range 5 {
		one.Add(1234)
	}
	many.AddN(1234, 5)
	many.AddN(99, 0)
	many.AddN(99, -1)
	require.Empty(t, cmp.Diff(one, many))
}

func sample() Record {
	r := Record{
		ID: 1<<63 + 1, Session: 2, Turn: 1, Level: 3, Phase: Warmup, Outcome: Truncated, Intended: 5, Sent: 6, Written: 7,
		Headers: 8, FirstToken: 9, SecondToken: 10, FirstOutput: 11, Last: 12, End: 13, Events: 3, Coalesced: 1, FirstShared: true,
		Stamp: Kernel, Reused: true, Input: 20, Output: 21, Reasoning: 22, Cached: 23, HasCached: true, Wanted: 24,
		InputSource: Usage, OutputSource: Chunks, Defects: 2, Prefill: 1<<64 - 1, Decode: 7, RequestID: "x",
		Error: &Error{Status: 500, Type: "server_error", Message: "no \"room\"\n"},
	}
	r.Gaps.Add(1)
	r.Gaps.Add(20_000_000)
	r.Gaps.Raw = []int64{1, 20_000_000}
	r.TokenGaps.AddN(7_000_000, 3)
	r.FirstTokens, r.ReceiveDelay, r.ReceiveDelayMax, r.Unstamped = 2, 30_000, 40_000, 1
	return r
}

func TestLinesReadAsTheyWereWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.jsonl")
	w, err := Create(path, Line)
	require.NoError(t, err)
	want := []Record{sample(), {ID: 2}}
	for _, r := range want {
		require.NoError(t, w.Put(r))
	}
	require.NoError(t, w.Close())
	var got []Record
	for r, err := range ReadFile(path) {
		require.NoError(t, err)
		got = append(got, r)
	}
	require.Empty(t, cmp.Diff(want, got))

	_, err = Create(path, Line)
	require.ErrorIs(t, err, os.ErrExist, "records are never overwritten")
}

func TestATornLastLineEndsTheReading(t *testing.T) {
	line, err := Line(nil, &Record{ID: 1})
	require.NoError(t, err)
	whole := string(line) + "\n"
	for cut := 1; cut < len(line); cut++ {
		var ids []uint64
		var errs []error
		for r, err := range Read(strings.NewReader(whole + whole[:cut])) {
			if err != nil {
				errs = append(errs, err)
				continue
			}
			ids = append(ids, r.ID)
		}
		require.Equal(t, []uint64{1}, ids)
		require.Len(t, errs, 1)
		require.ErrorIs(t, errs[0], ErrTorn)
	}
}

func TestABrokenLineIsNamedAndPassedOver(t *testing.T) {
	line, err := Line(nil, &Record{ID: 1})
	require.NoError(t, err)
	text := "{}\n" + string(line) + "\n\nnot json\n" + string(line)
	var good int
	var errs []string
	for _, err := range Read(strings.NewReader(text)) {
		if err != nil {
			errs = append(errs, err.Error())
			continue
		}
		good++
	}
	require.Equal(t, 2, good, "a whole last line needs no newline")
	require.Len(t, errs, 2)
	require.Contains(t, errs[0], "line 1")
	require.Contains(t, errs[1], "line 4")
}

func TestNamesOfEnums(t *testing.T) {
	require.Len(t, Outcomes(), len(outcomeNames))
	for _, o := range Outcomes() {
		b, err := o.MarshalText()
		require.NoError(t, err)
		var back Outcome
		require.NoError(t, back.UnmarshalText(b))
		require.Equal(t, o, back)
		require.Equal(t, o != OK && o != Cancelled, o.Failed())
	}
	var p Phase
	require.ErrorContains(t, p.UnmarshalText([]byte("cooldown")), "profiling")
	require.Contains(t, Outcome(99).String(), "99")
}

func TestGapsRefuseWhatTheyCannotHave(t *testing.T) {
	for _, s := range []string{
		`{"count":1,"buckets":[1]}`, `{"count":2,"buckets":[1,1]}`, `{"count":2,"buckets":[5,1,4,1]}`,
		`{"count":0,"buckets":[5,0]}`, `{"count":1,"buckets":[70000,1]}`, `[]`,
		`{"count":0,"sum":1}`, `{"count":0,"max":1}`, `{"count":1,"buckets":[1,1],"raw":[1,1]}`, `{"raw":[1]}`,
	} {
		var g Gaps
		require.Error(t, json.Unmarshal([]byte(s), &g), s)
	}
}

func FuzzRead(f *testing.F) {
	line, _ := Line(nil, new(sample()))
	f.Add(line)
	f.Add([]byte("{\"dynbench\":{\"gaps\":{\"count\":1,\"buckets\":[1,1]}}}\n{"))
	f.Add([]byte(`{"dynbench":{"gaps":{"sum":20,"min":1,"max":2,"raw":[1,2]}}}`))
	f.Add([]byte(`{"dynbench":{"gaps":{"raw":[]}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		for r, err := range Read(bytes.NewReader(b)) {
			if err != nil {
				continue
			}
			again, err := Line(nil, &r)
			require.NoError(t, err)
			back, err := decode(again)
			require.NoError(t, err)
			require.Empty(t, cmp.Diff(r, back))
		}
	})
}

func BenchmarkGapsAdd(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	gaps := make([]int64, 256)
	for i := range gaps {
		gaps[i] = 15e6 + rng.Int64N(2e6)
	}
	b.ReportAllocs()
	for b.Loop() {
		var g Gaps
		for _, v := range gaps {
			g.Add(v)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/256, "ns/gap")
}

func BenchmarkLine(b *testing.B) {
	r := sample()
	var buf []byte
	for b.Loop() {
		buf, _ = Line(buf[:0], &r)
	}
}
