package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dynbench/dynbench/harness/arrival"
	"github.com/dynbench/dynbench/harness/load"
)

// MarshalText writes "10m0s".
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads a time with its unit, or a number of seconds.
func (d *Duration) UnmarshalText(b []byte) error {
	s := strings.TrimSpace(string(b))
	if n, err := strconv.ParseFloat(s, 64); err == nil && n >= 0 && n < 1e9 {
		*d = Duration(n * float64(time.Second))
		return nil
	}
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		return fmt.Errorf("want a time such as 90s, 10m or 1h30m")
	}
	*d = Duration(v)
	return nil
}

// ParseLevels reads concurrencies separated by commas or blanks and returns
// them sorted. Two of a kind, and what is not a whole number from 1 to
// load.MaxConcurrency, are errors.
func ParseLevels(s string) ([]int, error) {
	const want = "want whole numbers from 1 to 100000, each once, as in 1,2,5"
	var levels []int
	for _, field := range strings.Split(betweenCommas(s), ",") {
		n, err := strconv.Atoi(field)
		if err != nil || strings.ContainsAny(field, "+_") || n < 1 || n > load.MaxConcurrency {
			return nil, fmt.Errorf("%q: %s", field, want)
		}
		if slices.Contains(levels, n) {
			return nil, fmt.Errorf("%d twice: %s", n, want)
		}
		levels = append(levels, n)
	}
	slices.Sort(levels)
	return levels, nil
}

// betweenCommas makes commas of the blanks that separate fields.
func betweenCommas(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	s = strings.ReplaceAll(strings.ReplaceAll(s, " ,", ","), ", ", ",")
	return strings.ReplaceAll(s, " ", ",")
}

// Rates are requests a second, ascending.
type Rates []float64

// String writes them as ParseRates reads them.
func (r Rates) String() string {
	fields := make([]string, len(r))
	for i, x := range r {
		fields[i] = strconv.FormatFloat(x, 'g', -1, 64)
	}
	return strings.Join(fields, ",")
}

// ParseRates reads rates separated by commas or blanks and returns them sorted;
// each must be above 0 and stand once.
func ParseRates(s string) (Rates, error) {
	const want = "want requests a second above 0, each once, as in 0.5,2,10"
	var rates Rates
	for _, field := range strings.Split(betweenCommas(s), ",") {
		x, err := strconv.ParseFloat(field, 64)
		if err != nil || !(x > 0) || x > arrival.MaxRate {
			return nil, fmt.Errorf("%q: %s", field, want)
		}
		if slices.Contains(rates, x) {
			return nil, fmt.Errorf("%g twice: %s", x, want)
		}
		rates = append(rates, x)
	}
	slices.Sort(rates)
	return rates, nil
}
