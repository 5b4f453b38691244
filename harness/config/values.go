package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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
