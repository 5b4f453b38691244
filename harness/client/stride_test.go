package client

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
)

// tallied is what a stream came to.
type tallied struct {
	Rec            record.Record
	Over, Finished bool
	Said           record.Said
}

// countIn counts a stream that comes in two reads, in strides or without.
func countIn(strides bool, parts ...string) (tallied, error) {
	var a answer
	var rec record.Record
	var t tally
	t.reset(&rec, false, &Config{Tokenizer: nil})
	t.hear = true
	a.reset(&t)
	for i, part := range parts {
		at := arrival{at: int64(i+1) << 20, read: i + 1, kernel: true}
		if err := a.split.put([]byte(part)); err != nil {
			return tallied{}, err
		}
		if strides {
			a.events(at)
		} else {
			for ev, ok := a.split.next(); ok; ev, ok = a.split.next() {
				t.event(ev, at)
			}
		}
		a.split.rest()
	}
	return tallied{rec, t.over(), t.finished, t.heard}, nil
}

// FuzzStride: events that are taken by their likeness to the one before are
// tallied as if each had been cut and read by itself, wherever the reads fall.
func FuzzStride(f *testing.F) {
	crlf := strings.ReplaceAll(usual, "\n", "\r\n")
	mixed := "data: {\"choices\":[{\"text\":\"a\"}]}\r\rdata: {\"choices\":[{\"text\":\"b\"}]}\n\r\n"
	odd := `data: {"choices":[{"text":"a\""}]}` + "\n\n" + `data: {"choices":[{"text":"\\"}]}` + "\n\n" + `data: {"choices":[{"text":""}]}` + "\n\n"
	two := "data: {\"choices\":[\ndata: {\"text\":\"a\"}]}\n\n"
	f.Add(strings.Repeat(usual, 3)+finish+done, 300)
	f.Add(strings.Repeat(crlf, 3)+done, 440)
	f.Add(mixed+mixed+usual+odd+odd, 60)
	f.Add(two+two+"data: {\"choices\":[\n{\"text\":\"a\"}]}\n\n", 20)
	f.Add(usual+": note\n\nevent: error\n"+usual+usual, 230)
	f.Fuzz(func(t *testing.T, in string, cut int) {
		cut = max(0, min(cut, len(in)))
		have, err := countIn(true, in[:cut], in[cut:])
		want, wantErr := countIn(false, in[:cut], in[cut:])
		require.Equal(t, wantErr, err)
		require.Empty(t, cmp.Diff(want, have))
	})
}

func TestStridesAreTaken(t *testing.T) {
	for _, end := range []string{"\n", "\r\n"} {
		one := strings.ReplaceAll(usual, "\n", end)
		var f form
		_, ok := f.scan(usualData)
		require.True(t, ok)
		require.Equal(t, len(one), f.stride([]byte(one+one)))
		require.Zero(t, f.stride([]byte(one[:len(one)-1])), "not whole")
		require.Zero(t, f.stride([]byte(strings.Replace(one, "word", "wo\nrd", 1))))
		require.Zero(t, f.stride([]byte(strings.Replace(one, `" word"`, `""`, 1))), "no content")
		require.Equal(t, `" word"`, string(f.like.said))
	}
}
