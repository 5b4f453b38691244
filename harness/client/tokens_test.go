package client

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
)

// counted is a content event with the usage so far; below 0 without.
func counted(tokens int) string {
	usage := ""
	if tokens >= 0 {
		usage = fmt.Sprintf(`,"usage":{"prompt_tokens":9,"completion_tokens": %d,"completion_tokens_details":null}`, tokens)
	}
	return `{"choices":[{"index":0,"delta":{"content":"x"}}]` + usage + `}`
}

func TestGapsOfTokens(t *testing.T) {
	type gap struct {
		ns int64
		n  int
	}
	for name, tc := range map[string]struct {
		tokens []int // after each event; events are 60 ns apart
		first  int
		want   []gap
	}{
		"one a time":               {[]int{1, 2, 3}, 1, []gap{{60, 1}, {60, 1}}},
		"first brings three":       {[]int{3, 4, 5}, 3, []gap{{60, 1}, {60, 1}}},
		"several":                  {[]int{1, 4, 6}, 1, []gap{{20, 3}, {30, 2}}},
		"text without a new token": {[]int{1, 1, 3}, 1, []gap{{60, 2}}},
		"ends without a new token": {[]int{1, 2, 2}, 1, []gap{{60, 1}}},
		"one event":                {[]int{5}, 5, nil},
		"no usage":                 {[]int{-1, -1}, 0, nil},
		"usage at the end alone":   {[]int{-1, -1, 3}, 0, nil},
		"usage that stops":         {[]int{1, 2, -1}, 0, nil},
		"usage that falls":         {[]int{3, 4, 2, 5}, 0, nil},
		"usage of nothing":         {[]int{0, 1}, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var rec record.Record
			var tl tally
			tl.reset(&rec, false, &Config{})
			for i, n := range tc.tokens {
				tl.event(event{data: []byte(counted(n))}, arrival{at: int64(1000 + 60*i), read: i})
			}
			var want record.Gaps
			for _, g := range tc.want {
				want.AddN(g.ns, g.n)
			}
			require.Empty(t, cmp.Diff(want, rec.TokenGaps))
			require.Equal(t, tc.first, rec.FirstTokens)
			require.Equal(t, len(tc.tokens)-1, rec.Gaps.Count, "those of the events are kept beside them")
		})
	}
}

func TestCompletionTokens(t *testing.T) {
	for in, want := range map[string]int{
		`{"completion_tokens":12,"total_tokens":20}`:                      12,
		`{"completion_tokens_details":{"x":1}, "completion_tokens" : 7 }`: 7,
		`{"completion_tokens":null}`:                                      -1,
		`{"completion_tokens":-3}`:                                        -1,
		`{"completion_tokens"`:                                            -1,
		`{"completion_tokens":`:                                           -1,
		`{}`:                                                              -1,
		`{"completion_tokens":99999999999999999999999999999999999999999999999999}`: 9999999999999,
	} {
		require.Equal(t, want, completionTokens([]byte(in)), in)
	}
}

func BenchmarkEventWithUsage(b *testing.B) {
	var rec record.Record
	var tl tally
	tl.reset(&rec, false, &Config{})
	data := []byte(counted(1_000_000))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		tl.event(event{data: data}, arrival{at: int64(i) << 20, read: i, kernel: true})
	}
}
