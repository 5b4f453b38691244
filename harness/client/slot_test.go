package client

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
)

const (
	role   = `data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}` + "\n\n"
	one    = `data: {"choices":[{"index":0,"delta":{"content":"one"},"finish_reason":null}]}` + "\n\n"
	two    = `data: {"choices":[{"index":0,"delta":{"content":" two"},"finish_reason":null}]}` + "\n\n"
	think  = `data: {"choices":[{"index":0,"delta":{"reasoning_content":"hm"},"finish_reason":null}]}` + "\n\n"
	finish = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}` + "\n\n"
	usage1 = `data: {"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":8,"prompt_tokens_details":{"cached_tokens":4}}}` + "\n\n"
	done   = "data: [DONE]\n\n"
)

func TestDoFillsTheRecord(t *testing.T) {
	url := serve(t, sse(role, one, two, finish, usage1, done))
	req := hello()
	req.KeepReply, req.Class = true, "short"
	rec, reply := ask(t, Config{URL: url, Dialect: FullDialect(), RawGaps: true}, req)

	require.Nil(t, rec.Error)
	require.Equal(t, record.OK, rec.Outcome)
	require.Equal(t, "one two", reply.Text)
	require.True(t, reply.OK)
	require.Equal(t, 8, reply.Output)
	require.IsIncreasing(t, []int64{0, rec.Sent, rec.Headers})
	require.Greater(t, rec.Written, rec.Sent) // perhaps after the kernel had the answer's head
	require.IsNonDecreasing(t, []int64{rec.Headers, rec.FirstToken, rec.Last, rec.End})
	require.Equal(t, rec.FirstToken, rec.FirstOutput)
	require.Equal(t, rec.Last, rec.SecondToken)
	require.Equal(t, 2, rec.Events)
	require.Equal(t, []int64{rec.Last - rec.FirstToken}, rec.Gaps.Raw)
	require.Equal(t, "short", rec.Class)
	require.Equal(t, 3, rec.Generated)
	require.Equal(t, []int{11, 8, 0, 4, 8}, []int{rec.Input, rec.Output, rec.Reasoning, rec.Cached, rec.Wanted})
	require.True(t, rec.HasCached)
	require.Equal(t, record.Usage, rec.OutputSource)
	require.False(t, rec.Reused)
	require.Zero(t, rec.Dialled)
}

func TestConnectionIsKept(t *testing.T) {
	var ids []string
	h := sse(one, finish, done)
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ids = append(ids, r.Header.Get("X-Request-ID"))
		h(w, r)
	}))
	s := slot(t, newClient(t, Config{URL: url}))
	for i := range 3 {
		rec := record.Record{ID: uint64(i)}
		s.Do(context.Background(), hello(), nil, &rec)
		require.Equal(t, record.OK, rec.Outcome, rec.Error)
		require.Equal(t, i > 0, rec.Reused)
		require.Zero(t, rec.Dialled)
		require.Equal(t, ids[i], rec.RequestID)
	}
	require.NotEqual(t, ids[0], ids[1])
}

func TestSlotsAtOnce(t *testing.T) {
	c := newClient(t, Config{URL: serve(t, sse(role, one, two, finish, usage1, done)), Dialect: FullDialect()})
	slots, err := c.Slots(t.Context(), 50)
	require.NoError(t, err)
	records := make([]record.Record, 5*len(slots))
	var g sync.WaitGroup
	for i, s := range slots {
		g.Go(func() {
			defer s.Close()
			for j := range 5 {
				records[5*i+j].ID = uint64(5*i + j)
				s.Do(t.Context(), hello(), nil, &records[5*i+j])
			}
		})
	}
	g.Wait()
	ids := map[string]bool{}
	for i, r := range records {
		require.Equal(t, record.OK, r.Outcome, r.Error)
		require.Equal(t, i%5 > 0, r.Reused)
		require.Zero(t, r.Dialled)
		require.Equal(t, 2, r.Events)
		ids[r.RequestID] = true
	}
	require.Len(t, ids, len(records))
}
