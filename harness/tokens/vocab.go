package tokens

import (
	"bytes"
	"fmt"
	"hash/maphash"
)

// vocab maps tokens to ids and back. Tokens stand as in the file: those of a
// byte-level model in its alphabet.
type vocab struct {
	seed  maphash.Seed
	arena []byte
	spans []span // by id; n and off are absent for an id without token
	slots []vocabSlot
	count int // of entries
}

type vocabSlot struct {
	tag uint32
	id  int32 // plus 1; 0: empty
}

const absent = ^uint32(0)

func newVocab(f *file) (*vocab, error) {
	top, size := int32(-1), 0
	for _, e := range f.vocab {
		top = max(top, e.id)
		size += int(e.token.n)
	}
	slots := 16
	for slots < len(f.vocab)+len(f.vocab)/2 {
		slots *= 2
	}
	v := &vocab{
		seed: maphash.MakeSeed(), arena: make([]byte, 0, size),
		spans: make([]span, top+1), slots: make([]vocabSlot, slots),
	}
	for i := range v.spans {
		v.spans[i].off = absent
	}
	for _, e := range f.vocab {
		if token := f.cur.text(e.token); !v.put(token, e.id) {
			return nil, fmt.Errorf("tokens %q and %q have the same id %d", v.token(e.id), token, e.id)
		}
	}
	if v.count == 0 {
		return nil, fmt.Errorf("the vocabulary is empty")
	}
	return v, nil
}

// put enters a token, or gives one that is there already a new id; false if
// another token has that id.
func (v *vocab) put(token []byte, id int32) bool {
	h := maphash.Bytes(v.seed, token)
	tag := uint32(h >> 32)
	mask := uint64(len(v.slots) - 1)
	for k := h & mask; ; k = (k + 1) & mask {
		switch s := &v.slots[k]; {
		case s.id == 0:
			if v.spans[id].off != absent {
				return false
			}
			v.count++
			*s = vocabSlot{tag, id + 1}
			v.spans[id] = span{uint32(len(v.arena)), uint32(len(token))}
			v.arena = append(v.arena, token...)
			return true
		case s.tag == tag && bytes.Equal(v.token(s.id-1), token):
			if s.id-1 == id {
				return true
			}
			if v.spans[id].off != absent {
				return false
			}
			v.spans[id], v.spans[s.id-1] = v.spans[s.id-1], span{off: absent}
			s.id = id + 1
			return true
		}
	}
}

// id returns the id of a token, and -1 for none.
func (v *vocab) id(token []byte) int32 {
	h := maphash.Bytes(v.seed, token)
	tag := uint32(h >> 32)
	mask := uint64(len(v.slots) - 1)
	for k := h & mask; ; k = (k + 1) & mask {
		s := v.slots[k]
		if s.id == 0 {
			return -1
		}
		if s.tag == tag && bytes.Equal(v.token(s.id-1), token) {
			return s.id - 1
		}
	}
}

// token returns the token of an id; nil if there is none.
func (v *vocab) token(id int32) []byte {
	if uint(id) >= uint(len(v.spans)) || v.spans[id].off == absent {
		return nil
	}
	s := v.spans[id]
	return v.arena[s.off : s.off+s.n : s.off+s.n]
}

func (v *vocab) is(id int32, token []byte) bool {
	return uint(id) < uint(len(v.spans)) && v.spans[id].n == uint32(len(token)) && bytes.Equal(v.token(id), token)
}
