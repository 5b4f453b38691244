package arrival

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"gonum.org/v1/gonum/stat/distuv"
)

// Poisson is arrivals that know nothing of each other, as of many independent
// users: gaps of an exponential distribution with the mean 1/Rate.
type Poisson struct {
	Rate float64 // arrivals a second
}

// Open draws the gaps from a generator of its own.
func (p Poisson) Open(seed uint64) Schedule {
	rng := rand.New(rand.NewPCG(seed, stream))
	return &drawn{gap: func() float64 { return rng.ExpFloat64() / p.Rate }}
}

// Mean is the rate.
func (p Poisson) Mean() float64 { return p.Rate }

// Validate wants a rate above 0 and at most MaxRate.
func (p Poisson) Validate() error { return validRate(p.Rate) }

func (p Poisson) String() string { return "poisson(" + perSecond(p.Rate) + ")" }

// Gamma is arrivals with gaps of a gamma distribution with the shape Smoothness
// and the scale 1/(Rate Smoothness): their mean is 1/Rate and their coefficient
// of variation 1/sqrt(Smoothness). 1 is a Poisson process, less comes in bursts,
// more is smoother, and very much is constant.
type Gamma struct {
	Rate       float64 // arrivals a second
	Smoothness float64 // shape k; 0: 1
}

// The bounds of Gamma.Smoothness: below, gaps are so uneven that their mean
// shows only after more arrivals than any run has.
const (
	MinSmoothness = 0.001
	MaxSmoothness = 1e9
)

// Open draws the gaps from a generator of its own.
func (g Gamma) Open(seed uint64) Schedule {
	k := g.shape()
	d := distuv.Gamma{Alpha: k, Beta: g.Rate * k, Src: rand.NewPCG(seed, stream)}
	return &drawn{gap: d.Rand}
}

// Mean is the rate.
func (g Gamma) Mean() float64 { return g.Rate }

// Validate wants a rate above 0 and at most MaxRate, and a smoothness within its
// bounds.
func (g Gamma) Validate() error {
	if err := validRate(g.Rate); err != nil {
		return err
	}
	if k := g.shape(); !(k >= MinSmoothness && k <= MaxSmoothness) {
		return fmt.Errorf("smoothness %g: want %g to %g", k, MinSmoothness, MaxSmoothness)
	}
	return nil
}

func (g Gamma) String() string {
	return fmt.Sprintf("gamma(%s, smoothness %g)", perSecond(g.Rate), g.shape())
}

func (g Gamma) shape() float64 {
	if g.Smoothness == 0 {
		return 1
	}
	return g.Smoothness
}

// stream keeps the draws of arrivals apart from others of the same seed.
const stream = 0x61727269_76616c73

// drawn adds up gaps, in seconds. A float64 holds the sum to the nanosecond for
// a hundred days.
type drawn struct {
	gap func() float64
	at  float64 // of the next arrival, ns
}

func (d *drawn) Next() (time.Duration, bool) {
	at, ok := offset(math.Round(d.at))
	d.at += d.gap() * float64(time.Second)
	return at, ok
}
