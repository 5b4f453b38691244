package tokens

import (
	"math"
	"slices"
)

// symbol is a token within a word that is being merged.
type symbol struct {
	id   int32
	rank uint32 // of the merge with the next one; noRank: none
	into int32  // what that merge gives
	prev int32  // long words only
	next int32
}

// short words are searched for their best merge; in longer ones a heap holds
// the merges, so that a run of a million letters takes no quadratic time.
const short = 48

// merge applies the merges to syms in the order of their ranks, of equal ones
// the leftmost first, and appends the ids that remain to dst.
func (t *pairTable) merge(dst []int32, w *scratch) []int32 {
	syms := w.syms
	for i := range syms {
		syms[i].rank = noRank
		if i+1 < len(syms) {
			syms[i].rank, syms[i].into = t.get(syms[i].id, syms[i+1].id)
		}
	}
	if len(syms) > short {
		return t.mergeLong(dst, w)
	}
	for len(syms) > 1 {
		best, at := noRank, 0
		for i := range syms {
			if syms[i].rank < best {
				best, at = syms[i].rank, i
			}
		}
		if best == noRank {
			break
		}
		syms[at].id = syms[at].into
		syms = append(syms[:at+1], syms[at+2:]...)
		if at > 0 {
			syms[at-1].rank, syms[at-1].into = t.get(syms[at-1].id, syms[at].id)
		}
		syms[at].rank = noRank
		if at+1 < len(syms) {
			syms[at].rank, syms[at].into = t.get(syms[at].id, syms[at+1].id)
		}
	}
	for i := range syms {
		dst = append(dst, syms[i].id)
	}
	return dst
}

// mergeLong does as merge does. A symbol that was merged into the one before
// it keeps its place with the id -1. A merge stands in the heap as its rank and
// the place of its left symbol; it is void if that symbol's rank is another by
// the time that it comes up.
func (t *pairTable) mergeLong(dst []int32, w *scratch) []int32 {
	syms, heap := w.syms, w.heap[:0]
	for i := range syms {
		syms[i].prev, syms[i].next = int32(i-1), int32(i+1)
		if syms[i].rank != noRank {
			heap = append(heap, uint64(syms[i].rank)<<32|uint64(i))
		}
	}
	slices.Sort(heap) // a sorted slice is a heap
	update := func(i int32) {
		s := &syms[i]
		s.rank = noRank
		if int(s.next) < len(syms) {
			s.rank, s.into = t.get(s.id, syms[s.next].id)
		}
		if s.rank != noRank {
			heap = push(heap, uint64(s.rank)<<32|uint64(i))
		}
	}
	for len(heap) > 0 {
		top := heap[0]
		heap = pop(heap)
		i := int32(top & math.MaxUint32)
		s := &syms[i]
		if s.rank != uint32(top>>32) {
			continue
		}
		gone := &syms[s.next]
		s.id, s.next = s.into, gone.next
		gone.id, gone.rank = -1, noRank
		if int(s.next) < len(syms) {
			syms[s.next].prev = i
		}
		update(i)
		if s.prev >= 0 {
			update(s.prev)
		}
	}
	w.heap = heap
	for i := range syms {
		if syms[i].id >= 0 {
			dst = append(dst, syms[i].id)
		}
	}
	return dst
}

func push(h []uint64, x uint64) []uint64 {
	h = append(h, x)
	i := len(h) - 1
	for i > 0 {
		up := (i - 1) / 2
		if h[up] <= x {
			break
		}
		h[i] = h[up]
		i = up
	}
	h[i] = x
	return h
}

// pop removes the least element, which is the first.
func pop(h []uint64) []uint64 {
	x := h[len(h)-1]
	h = h[:len(h)-1]
	if len(h) == 0 {
		return h
	}
	i := 0
	for {
		down := 2*i + 1
		if down >= len(h) {
			break
		}
		if down+1 < len(h) && h[down+1] < h[down] {
			down++
		}
		if x <= h[down] {
			break
		}
		h[i] = h[down]
		i = down
	}
	h[i] = x
	return h
}
