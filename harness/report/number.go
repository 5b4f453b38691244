package report

import (
	"math"
	"strconv"
)

// number writes v for people: at least three digits, at most three decimals, no
// exponent: 1234, 123, 12.3, 1.23, 0.012.
func number(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "-"
	}
	decimals := 3
	for a := math.Abs(v); a >= 1 && decimals > 0; a /= 10 {
		decimals--
	}
	return strconv.FormatFloat(v, 'f', decimals, 64)
}
