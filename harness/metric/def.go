package metric

import "time"

// Direction says which change of a metric is an improvement.
type Direction int8

// The directions. The zero value judges nothing.
const (
	Neutral Direction = iota
	LowerIsBetter
	HigherIsBetter
)

func (d Direction) String() string {
	switch d {
	case LowerIsBetter:
		return "lower is better"
	case HigherIsBetter:
		return "higher is better"
	}
	return "neutral"
}

// Kind says what a metric has one value of.
type Kind int8

// The kinds. PerRequest, PerGap and OfLevel set them.
const (
	RequestKind Kind = iota // one value a successful request
	GapKind                 // one value a gap between content events, pooled
	LevelKind               // one value a level
)

func (k Kind) String() string {
	switch k {
	case RequestKind:
		return "request"
	case GapKind:
		return "gap"
	}
	return "level"
}

// TokenUse says which token counts a metric rests on; Stats then name who
// counted them.
type TokenUse int8

// The uses.
const (
	OfNone TokenUse = iota
	OfInput
	OfOutput
	OfBoth
)

// The types of metric values; durations are time.Duration.
type (
	Tokens    float64 // tokens
	Ratio     float64 // 1 is all
	Percent   float64 // 100 is all
	Count     float64 // requests
	PerSecond float64 // requests or tokens a second
)

// Value is what a metric may be made of: time.Duration, the types above, or a
// type of the caller's own.
type Value interface{ ~int64 | ~float64 }

// Def describes a metric to flags, files, plots and documents.
type Def struct {
	Key   string // AIPerf's tag where it has one: "time_to_first_token"
	Alias string // short name for flags and goals: "ttft"
	Also  string // one more spelling that flags accept: "tpot"
	Title string // "Time to First Token"
	// Unit of Stats and files: "ms", "tokens", "requests/sec". A metric of
	// time.Duration knows ns, us, ms (also where Unit is empty) and sec.
	Unit      string
	Direction Direction
	Tokens    TokenUse
	Doc       string // formula and source, one or two sentences
	Kind      Kind   // set by PerRequest, PerGap and OfLevel

	duration bool // the base value is in ns
	perToken bool // of GapKind: gaps between tokens, not between content events
}

// Duration says that the metric's values are time.Duration.
func (d Def) Duration() bool { return d.duration }

// Display converts a base value (ns for durations, else the value itself) to
// the metric's Unit.
func (d Def) Display(base float64) float64 { return base / d.scale() }

// Base converts a value in the metric's Unit to its base value.
func (d Def) Base(shown float64) float64 { return shown * d.scale() }

func (d Def) scale() float64 {
	if !d.duration {
		return 1
	}
	if u, ok := durationUnits[d.Unit]; ok {
		return u
	}
	return float64(time.Millisecond)
}

var durationUnits = map[string]float64{
	"ns": 1, "us": float64(time.Microsecond), "ms": float64(time.Millisecond), "sec": float64(time.Second),
}

// typed completes a definition whose values are of type T.
func typed[T Value](d Def, k Kind) Def {
	var zero T
	_, d.duration = any(zero).(time.Duration)
	if d.duration && d.Unit == "" {
		d.Unit = "ms"
	}
	d.Kind = k
	return d
}
