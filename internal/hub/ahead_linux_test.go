package hub

import (
	"io"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/internal/stamp"
)

// caller takes what comes and notes who was called when.
type caller struct {
	conn  *Conn
	name  int
	calls chan<- int
	wait  chan struct{} // not nil: the first call lasts until it is closed
}

func (k *caller) Ready(receive *stamp.Receiver, buf []byte) (ended bool) {
	if _, _, err := k.conn.Receive(receive, buf); err != nil {
		return false
	}
	k.calls <- k.name
	if k.wait != nil {
		<-k.wait
	}
	return false
}

// TestAhead: among more connections than a round takes, the one that is to be taken
// ahead of the others is, though its bytes came last, and no longer than asked for.
func TestAhead(t *testing.T) {
	const crowd = 3 * perRound
	h := &Hub{readers: []*reader{{}}}
	calls := make(chan int, 2*crowd)
	var all []*caller
	var far []io.Writer
	for name := range crowd {
		a, b := pair(t)
		c, err := h.Adopt(a)
		require.NoError(t, err)
		k := &caller{conn: c, name: name, calls: calls}
		all, far = append(all, k), append(far, b)
		if name == 0 {
			k.wait = make(chan struct{})
		}
		require.NoError(t, c.Watch(k))
	}
	last := crowd - 1
	say := func(to int) {
		_, err := io.WriteString(far[to], "x")
		require.NoError(t, err)
	}
	turn := func(ahead bool) (place int) {
		say(0) // the reader waits at this one while bytes come to the others
		require.Equal(t, 0, <-calls)
		all[last].conn.Ahead(ahead)
		for name := 1; name < crowd; name++ {
			say(name)
		}
		all[0].wait <- struct{}{}
		var order []int
		for range crowd - 1 {
			order = append(order, <-calls)
		}
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(order))), crowd-1, "each one once")
		return slices.Index(order, last)
	}
	require.Zero(t, turn(true), "place of the one that is taken ahead")
	require.Greater(t, turn(false), perRound)
	for _, k := range all {
		require.NoError(t, k.conn.Close())
	}
	require.True(t, h.Idle())
}

// Where a round takes all there are, nobody is taken ahead.
func TestNobodyIsTakenAheadOfAFew(t *testing.T) {
	k, far := watched(t, New())
	k.conn.Ahead(true)
	require.False(t, k.conn.ahead)
	_, err := io.WriteString(far, "a")
	require.NoError(t, err)
	require.Equal(t, "a", <-k.got)
	require.NoError(t, k.close())
}
