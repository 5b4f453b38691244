package tokens

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// cache remembers the ids of words. Each word has two places; in the second the
// newest that hashes to it stays: no locks, and memory is bounded.
type cache struct {
	seed  maphash.Seed
	slots []atomic.Pointer[cached]
}

type cached struct {
	word string
	ids  []int32
}

const (
	cacheSlots = 1 << 16
	cacheWord  = 64 // the longest word that is kept, in bytes
)

func newCache() *cache {
	return &cache{seed: maphash.MakeSeed(), slots: make([]atomic.Pointer[cached], cacheSlots)}
}

// get returns the ids of word, and the place to put them in if it has none.
func (c *cache) get(word string) (*cached, *atomic.Pointer[cached]) {
	h := maphash.String(c.seed, word)
	first := &c.slots[h&(cacheSlots-1)]
	e := first.Load()
	if e == nil {
		return nil, first
	}
	if e.word == word {
		return e, nil
	}
	second := &c.slots[h>>32&(cacheSlots-1)]
	if e = second.Load(); e != nil && e.word == word {
		return e, nil
	}
	return nil, second
}

func put(slot *atomic.Pointer[cached], word string, ids []int32) {
	slot.Store(&cached{strings.Clone(word), append([]int32(nil), ids...)})
}
