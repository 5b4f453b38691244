package arrival

import (
	"math"
	"time"
)

// Constant is an arrival every 1/Rate seconds.
type Constant struct {
	Rate float64 // arrivals a second
}

// Open ignores the seed: there is nothing to draw.
func (c Constant) Open(uint64) Schedule { return &evenly{rate: c.Rate} }

// Mean is the rate.
func (c Constant) Mean() float64 { return c.Rate }

// Validate wants a rate above 0 and at most MaxRate.
func (c Constant) Validate() error { return validRate(c.Rate) }

func (c Constant) String() string { return "constant(" + perSecond(c.Rate) + ")" }

// evenly computes each arrival from its number, so that no error adds up.
type evenly struct {
	rate  float64
	count float64
}

func (e *evenly) Next() (time.Duration, bool) {
	at := math.Round(e.count * float64(time.Second) / e.rate)
	e.count++
	return offset(at)
}
