package load

import "container/heap"

// readyQueue holds the slots that wait for their time, the earliest first; those
// that are due together leave in the order in which they came.
type readyQueue struct {
	slots slotHeap
	count uint64
}

func (q *readyQueue) first() *slot {
	if len(q.slots) == 0 {
		return nil
	}
	return q.slots[0]
}

func (q *readyQueue) pop() { heap.Pop(&q.slots) }

func (q *readyQueue) push(s *slot) {
	q.count++
	s.order = q.count
	heap.Push(&q.slots, s)
}

type slotHeap []*slot

func (h slotHeap) Len() int      { return len(h) }
func (h slotHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h slotHeap) Less(i, j int) bool {
	if h[i].due != h[j].due {
		return h[i].due < h[j].due
	}
	return h[i].order < h[j].order
}
func (h *slotHeap) Push(x any) { *h = append(*h, x.(*slot)) }
func (h *slotHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
