package router

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// python writes a number as Python prints a float: the names of folders hold
// ratios in this form.
func python(x float64) string {
	if abs := math.Abs(x); abs != 0 && (abs < 1e-4 || abs >= 1e16) {
		return strconv.FormatFloat(x, 'e', -1, 64)
	}
	s := strconv.FormatFloat(x, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// Number is a figure that may be missing: NaN in Go, null in JSON.
type Number float64

// missing is the Number that is not there.
func missing() Number { return Number(math.NaN()) }

// Known says that the number is there.
func (n Number) Known() bool { return !math.IsNaN(float64(n)) && !math.IsInf(float64(n), 0) }

// MarshalJSON writes null for a missing number.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.Known() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads null as a missing number.
func (n *Number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*n = missing()
		return nil
	}
	return json.Unmarshal(b, (*float64)(n))
}
