package tokens

import (
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/rangetable"
)

// Classes of runes, as the patterns of vocabularies know them. A rune of none
// is a control, unassigned, or a byte that is no UTF-8.
const (
	upper    uint8 = 1 << iota // Lu, Lt
	lower                      // Ll
	caseless                   // Lm, Lo
	accent                     // M
	numeral                    // N
	punct                      // P
	sign                       // S
	space                      // White_Space

	letters = upper | lower | caseless
)

// classes are those of Unicode 16.0, whatever version Go's own tables have: the
// reference library's regular expressions use that.
type classes [unicode.MaxRune + 1]uint8

// allClasses are made when they are first asked for, and then the same for all.
var allClasses = sync.OnceValue(newClasses)

func newClasses() *classes {
	c := new(classes)
	for _, x := range []struct {
		table *unicode.RangeTable
		class uint8
	}{
		{unicode.Lu, upper}, {unicode.Lt, upper}, {unicode.Ll, lower}, {unicode.Lm, caseless}, {unicode.Lo, caseless},
		{unicode.M, accent}, {unicode.N, numeral}, {unicode.P, punct}, {unicode.S, sign}, {unicode.White_Space, space},
	} {
		ranges(x.table, func(lo, hi, stride uint32) {
			for r := lo; r <= hi; r += stride {
				c[r] |= x.class
			}
		})
	}
	known := uint32(0) // all below are assigned in 16.0 or zero
	ranges(rangetable.Assigned("16.0.0"), func(lo, hi, stride uint32) {
		for r := lo; r <= hi; r += stride {
			clear(c[known:r])
			known = r + 1
		}
	})
	clear(c[known:])
	for _, x := range since15 {
		for r := x.lo; r <= x.hi; r++ {
			c[r] = x.class
		}
	}
	return c
}

func ranges(t *unicode.RangeTable, f func(lo, hi, stride uint32)) {
	for _, r := range t.R16 {
		f(uint32(r.Lo), uint32(r.Hi), uint32(r.Stride))
	}
	for _, r := range t.R32 {
		f(r.Lo, r.Hi, r.Stride)
	}
}

// at returns the class of the rune at s[i:], and its length, 0 at the end.
func (c *classes) at(s string, i int) (uint8, int) {
	if i >= len(s) {
		return 0, 0
	}
	if b := s[i]; b < utf8.RuneSelf {
		return c[b], 1
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	if n == 1 {
		return 0, 1
	}
	return c[r], n
}

// run returns the end of the run of runes of the classes of mask that begins at i.
func (c *classes) run(s string, i int, mask uint8) int {
	for i < len(s) {
		k, n := c.at(s, i)
		if k&mask == 0 {
			break
		}
		i += n
	}
	return i
}

// runNot is run of the runes of none of these classes.
func (c *classes) runNot(s string, i int, mask uint8) int {
	for i < len(s) {
		k, n := c.at(s, i)
		if k&mask != 0 {
			break
		}
		i += n
	}
	return i
}

// upTo is run of at most n runes.
func (c *classes) upTo(s string, i int, mask uint8, n int) int {
	for ; n > 0; n-- {
		k, size := c.at(s, i)
		if k&mask == 0 {
			break
		}
		i += size
	}
	return i
}
