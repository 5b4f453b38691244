package wall

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/record"
)

func TestTextThatWaitsForTheTokenizerIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var k kept
		turn := make(chan bool)
		count := func(r *record.Record) {
			<-turn
			r.Output, r.Said = r.Said.Size(), nil
		}
		c := collect([]record.Sink{&k}, count, func(error) {})
		said := func(n int) record.Record { return record.Record{Said: &record.Said{Text: make([]byte, n)}} }
		c.put(said(textWaiting / 2))
		c.put(record.Record{Output: 7}) // which takes no room
		c.put(said(textWaiting / 2))
		put := false
		go func() { c.put(said(1)); put = true }()
		synctest.Wait()
		require.False(t, put)
		require.EqualValues(t, 1, c.waits.Load())
		turn <- true
		synctest.Wait()
		require.True(t, put)
		close(turn)
		w, err := c.close()
		require.NoError(t, err)
		require.Equal(t, 1, w.WriterWaits)
		var outputs []int
		for _, r := range k.records {
			require.Nil(t, r.Said, "no sink sees it")
			outputs = append(outputs, r.Output)
		}
		require.Equal(t, []int{textWaiting / 2, 7, textWaiting / 2, 1}, outputs)
	})
}
