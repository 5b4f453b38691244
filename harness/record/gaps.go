package record

import (
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// Gaps are the times between the content events of one request, in ns: exact
// count, sum, minimum and maximum, and a sparse histogram of a fixed layout, so
// that memory a request is bounded and histograms of requests, levels and
// machines merge by adding. Raw keeps the exact gaps, in order, where asked.
type Gaps struct {
	Count   int
	Sum     int64
	Min     int64
	Max     int64
	Buckets []Bucket // ascending by index, no zero counts
	Raw     []int64
}

// Bucket is one filled bucket of the layout.
type Bucket struct {
	Index uint16
	Count uint32
}

// subBits fixes the layout: 2^subBits buckets an octave. With 128 a bucket is
// at most 1/128 of its value wide and its middle at most 0.4 % off.
const subBits = 7

// BucketOf returns the index of the bucket that holds the gap ns. Below 2^7 ns
// a bucket is one nanosecond wide; negative gaps count as 0.
func BucketOf(ns int64) uint16 {
	if ns < 1<<subBits {
		return uint16(max(ns, 0))
	}
	shift := bits.Len64(uint64(ns)) - 1 - subBits
	return uint16(shift<<subBits + int(ns>>shift))
}

// BucketBounds returns the gaps in ns, low <= gap < high, that bucket i holds.
func BucketBounds(i uint16) (low, high int64) {
	if i < 1<<(subBits+1) {
		return int64(i), int64(i) + 1
	}
	shift := int(i>>subBits) - 1
	low = int64(i&(1<<subBits-1)|1<<subBits) << shift
	if high = low + 1<<shift; high < low {
		high = math.MaxInt64
	}
	return low, high
}

// Add counts one gap.
func (g *Gaps) Add(ns int64) { g.AddN(ns, 1) }

// AddN counts n gaps of ns each; none below 1.
func (g *Gaps) AddN(ns int64, n int) {
	if n < 1 {
		return
	}
	if g.Count == 0 || ns < g.Min {
		g.Min = ns
	}
	if g.Count == 0 || ns > g.Max {
		g.Max = ns
	}
	g.Count += n
	g.Sum += ns * int64(n)
	g.addBucket(BucketOf(ns), uint32(n))
}

// Merge adds all gaps of o; raw gaps are appended.
func (g *Gaps) Merge(o Gaps) {
	if o.Count == 0 {
		return
	}
	if g.Count == 0 || o.Min < g.Min {
		g.Min = o.Min
	}
	if g.Count == 0 || o.Max > g.Max {
		g.Max = o.Max
	}
	g.Count += o.Count
	g.Sum += o.Sum
	for _, b := range o.Buckets {
		g.addBucket(b.Index, b.Count)
	}
	g.Raw = append(g.Raw, o.Raw...)
}

func (g *Gaps) addBucket(index uint16, n uint32) {
	i, found := slices.BinarySearchFunc(g.Buckets, index, func(b Bucket, x uint16) int { return int(b.Index) - int(x) })
	if found {
		g.Buckets[i].Count += n
		return
	}
	g.Buckets = slices.Insert(g.Buckets, i, Bucket{index, n})
}

// IsZero keeps empty gaps out of files.
func (g Gaps) IsZero() bool { return g.Count == 0 }

type gapsJSON struct {
	Count   int      `json:"count"`
	Sum     int64    `json:"sum"`
	Min     int64    `json:"min"`
	Max     int64    `json:"max"`
	Buckets []uint32 `json:"buckets"` // index, count, index, count, ...
	Raw     []int64  `json:"raw,omitempty"`
}

// MarshalJSON writes the buckets as one flat list of index and count.
func (g Gaps) MarshalJSON() ([]byte, error) {
	flat := make([]uint32, 0, 2*len(g.Buckets))
	for _, b := range g.Buckets {
		flat = append(flat, uint32(b.Index), b.Count)
	}
	return json.Marshal(gapsJSON{g.Count, g.Sum, g.Min, g.Max, flat, g.Raw})
}

// UnmarshalJSON reads what MarshalJSON wrote and refuses what it cannot have.
func (g *Gaps) UnmarshalJSON(b []byte) error {
	var j gapsJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	if len(j.Buckets)%2 != 0 {
		return fmt.Errorf("gaps: %d numbers in buckets, want pairs of index and count", len(j.Buckets))
	}
	out := Gaps{Count: j.Count, Sum: j.Sum, Min: j.Min, Max: j.Max, Raw: j.Raw}
	sum, last := 0, -1
	for i := 0; i < len(j.Buckets); i += 2 {
		index, n := int(j.Buckets[i]), j.Buckets[i+1]
		if index <= last || index > math.MaxUint16 || n == 0 {
			return fmt.Errorf("gaps: bucket %d with count %d after bucket %d", index, n, last)
		}
		out.Buckets = append(out.Buckets, Bucket{uint16(index), n})
		sum, last = sum+int(n), index
	}
	if sum != j.Count {
		return fmt.Errorf("gaps: count %d, but buckets hold %d", j.Count, sum)
	}
	if len(j.Raw) > 0 && len(j.Raw) != j.Count {
		return fmt.Errorf("gaps: count %d, but %d raw ones", j.Count, len(j.Raw))
	}
	if j.Count == 0 && (j.Sum != 0 || j.Min != 0 || j.Max != 0) {
		return fmt.Errorf("gaps: none, but a sum of %d from %d to %d", j.Sum, j.Min, j.Max)
	}
	if len(out.Raw) == 0 {
		out.Raw = nil
	}
	*g = out
	return nil
}
