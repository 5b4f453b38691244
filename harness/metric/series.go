package metric

import (
	"math"
	"math/bits"
	"slices"
)

// series is a long list of numbers, NaN where there is none, that only grows.
// All but the latest are packed: a million latencies take 3 to 4 MB, not 8.
type series struct {
	full []block
	open []float64 // the latest, fewer than blockRows
}

const blockRows = 1 << 12

// block is blockRows numbers. Whole ones are kept as their distance to the least
// of them plus 1, 0 being NaN, in as many bits as the greatest needs.
type block struct {
	least int64
	bits  int
	words []uint64
	plain []float64 // instead, where one of them is not whole
}

func (s *series) len() int { return len(s.full)*blockRows + len(s.open) }

func (s *series) add(v float64) {
	if s.open = append(s.open, v); len(s.open) == blockRows {
		s.full = append(s.full, pack(s.open))
		s.open = s.open[:0]
	}
}

// at is the number in a row, NaN beyond the end.
func (s *series) at(row int) float64 {
	if b := row / blockRows; b < len(s.full) {
		return s.full[b].at(row % blockRows)
	}
	if row -= len(s.full) * blockRows; row < len(s.open) {
		return s.open[row]
	}
	return math.NaN()
}

// all yields the rows that have a number.
func (s *series) all(yield func(row int, v float64) bool) {
	for b := range s.full {
		for i := range blockRows {
			if v := s.full[b].at(i); !math.IsNaN(v) && !yield(b*blockRows+i, v) {
				return
			}
		}
	}
	for i, v := range s.open {
		if !math.IsNaN(v) && !yield(len(s.full)*blockRows+i, v) {
			return
		}
	}
}

// appendTo appends all rows to dst, NaN where there is no number.
func (s *series) appendTo(dst []float64) []float64 {
	for b := range s.full {
		for i := range blockRows {
			dst = append(dst, s.full[b].at(i))
		}
	}
	return append(dst, s.open...)
}

// clone is a copy that stays as it is while s grows.
func (s *series) clone() *series { return &series{slices.Clip(s.full), slices.Clone(s.open)} }

func pack(values []float64) block {
	least, most, any := int64(math.MaxInt64), int64(math.MinInt64), false
	for _, v := range values {
		switch {
		case math.IsNaN(v):
		case v != math.Trunc(v) || math.Abs(v) > 1<<53:
			return block{plain: slices.Clone(values)}
		default:
			least, most, any = min(least, int64(v)), max(most, int64(v)), true
		}
	}
	if !any {
		return block{}
	}
	b := block{least: least, bits: bits.Len64(uint64(most-least) + 1)}
	b.words = make([]uint64, (len(values)*b.bits+63)/64)
	for i, v := range values {
		if !math.IsNaN(v) {
			b.put(i, uint64(int64(v)-least)+1)
		}
	}
	return b
}

func (b *block) put(i int, code uint64) {
	word, shift := i*b.bits/64, i*b.bits%64
	b.words[word] |= code << shift
	if shift+b.bits > 64 {
		b.words[word+1] |= code >> (64 - shift)
	}
}

func (b *block) at(i int) float64 {
	if b.plain != nil {
		return b.plain[i]
	}
	if b.bits == 0 {
		return math.NaN()
	}
	word, shift := i*b.bits/64, i*b.bits%64
	code := b.words[word] >> shift
	if shift+b.bits > 64 {
		code |= b.words[word+1] << (64 - shift)
	}
	if code &= 1<<b.bits - 1; code == 0 {
		return math.NaN()
	}
	return float64(b.least + int64(code-1))
}
