package metric

import (
	"time"

	"github.com/dynbench/dynbench/harness/record"
)

// Metric is a Dist or a Scalar of any type.
type Metric interface {
	Def() Def
	request(r *record.Record) (float64, bool) // base value of one successful request
	level(t *Totals, f Facts) (float64, bool) // base value of one level
}

// Dist is a metric with one value a request or a gap. The zero value has no
// values.
type Dist[T Value] struct {
	def Def
	f   func(*record.Record) (T, bool)
}

// PerRequest is the metric of f, which is asked once for each successful
// measured request and returns false where the request has no such value. f must
// be pure and must not keep the record.
func PerRequest[T Value](d Def, f func(*record.Record) (T, bool)) Dist[T] {
	return Dist[T]{typed[T](d, RequestKind), f}
}

// PerGap is a metric of the gaps between content events, pooled over requests.
func PerGap(d Def) Dist[time.Duration] {
	return Dist[time.Duration]{def: typed[time.Duration](d, GapKind)}
}

// PerTokenGap is a metric of the gaps between tokens, pooled over the requests
// whose server told with each content event how many tokens it had sent.
func PerTokenGap(d Def) Dist[time.Duration] {
	out := PerGap(d)
	out.def.perToken = true
	return out
}

// Def describes the metric.
func (d Dist[T]) Def() Def { return d.def }

// Show gives v in the metric's Unit: 400*time.Millisecond is 400 for "ms".
func (d Dist[T]) Show(v T) float64 { return d.def.Display(float64(v)) }

func (d Dist[T]) request(r *record.Record) (float64, bool) {
	if d.f == nil {
		return 0, false
	}
	v, ok := d.f(r)
	return float64(v), ok
}

func (Dist[T]) level(*Totals, Facts) (float64, bool) { return 0, false }

// Scalar is a metric with one value a level.
type Scalar[T Value] struct {
	def Def
	f   func(*Totals, Facts) (T, bool)
}

// OfLevel is the metric of f, a formula over the sums of a level; false where
// there is no such value. f must not change the totals.
func OfLevel[T Value](d Def, f func(*Totals, Facts) (T, bool)) Scalar[T] {
	return Scalar[T]{typed[T](d, LevelKind), f}
}

// Def describes the metric.
func (s Scalar[T]) Def() Def { return s.def }

// Show gives v in the metric's Unit.
func (s Scalar[T]) Show(v T) float64 { return s.def.Display(float64(v)) }

func (Scalar[T]) request(*record.Record) (float64, bool) { return 0, false }

func (s Scalar[T]) level(t *Totals, f Facts) (float64, bool) {
	if s.f == nil {
		return 0, false
	}
	v, ok := s.f(t, f)
	return float64(v), ok
}
