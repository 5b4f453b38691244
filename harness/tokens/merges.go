package tokens

import "fmt"

// pairTable maps a pair of ids to its merge.
type pairTable struct {
	slots []pairSlot
	shift uint
}

type pairSlot struct {
	key  uint64 // of the pair, plus 1; 0: empty
	rank uint32
	id   int32 // of the merged token
}

const noRank = ^uint32(0)

func newPairTable(n int) pairTable {
	bits := uint(4)
	for 1<<bits < n+n/2 {
		bits++
	}
	return pairTable{slots: make([]pairSlot, 1<<bits), shift: 64 - bits}
}

func (t *pairTable) at(left, right int32) *pairSlot {
	key := uint64(uint32(left))<<32 | uint64(uint32(right))
	mask := uint64(len(t.slots) - 1)
	key++
	for k := (key * 0x9E3779B97F4A7C15) >> t.shift; ; k = (k + 1) & mask {
		if s := &t.slots[k]; s.key == key || s.key == 0 {
			return s
		}
	}
}

// put enters a merge; a later one of the same pair takes the place of an earlier.
func (t *pairTable) put(left, right int32, rank uint32, id int32) {
	key := uint64(uint32(left))<<32 | uint64(uint32(right))
	*t.at(left, right) = pairSlot{key + 1, rank, id}
}

// get returns the rank and the token of a merge, and noRank for none.
func (t *pairTable) get(left, right int32) (rank uint32, id int32) {
	s := t.at(left, right)
	if s.key == 0 {
		return noRank, 0
	}
	return s.rank, s.id
}

// readPairs resolves the merges of f, and shows each the two tokens of every merge.
func readPairs(f *file, v *vocab, each func(left, right []byte)) (pairTable, error) {
	t := newPairTable(len(f.merges))
	var buf []byte
	last := int32(-2)
	for rank, m := range f.merges {
		a, b := f.cur.text(m[0]), f.cur.text(m[1])
		left, right := v.id(a), v.id(b)
		if left < 0 || right < 0 || len(b) < len(f.model.prefix) {
			return t, fmt.Errorf("merge %d of %q and %q: not both in the vocabulary", rank, a, b)
		}
		buf = append(append(buf[:0], a...), b[len(f.model.prefix):]...)
		// Most vocabularies number their tokens as they were merged.
		switch {
		case v.is(last+1, buf):
			last++
		case v.is(last, buf):
		default:
			if last = v.id(buf); last < 0 {
				return t, fmt.Errorf("merge %d gives %q: not in the vocabulary", rank, buf)
			}
		}
		t.put(left, right, uint32(rank), last)
		each(a, b)
	}
	return t, nil
}
