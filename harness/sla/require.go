package sla

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dynbench/dynbench/harness/result"
)

// TB is what Require needs of a test; *testing.T has it.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
}

// Require checks the goals, logs each row and fails the test for each that
// failed or had no data. The rows become the run's Assertions, beside those of
// other goals, and so part of its report.
func Require(t TB, run *result.Run, goals ...Goal) {
	t.Helper()
	verdict := Check(run, goals...)
	run.Assertions.Rows = append(slices.DeleteFunc(run.Assertions.Rows, func(old result.Row) bool {
		return slices.ContainsFunc(verdict.Rows, func(r result.Row) bool { return r.Goal == old.Goal && r.Dir == old.Dir })
	}), verdict.Rows...)
	for _, row := range verdict.Rows {
		if row.Status.Failed() {
			t.Errorf("%s", Line(row))
			continue
		}
		t.Logf("%s", Line(row))
	}
}

// Line is a row for people:
//
//	P99 time_to_first_token <= 100ms at c50: 131 ms [120, 145] n=150 fail; best 38 ms at c1 (n=10)
func Line(r result.Row) string {
	var b strings.Builder
	b.WriteString(r.Goal)
	if p := place(r); p != "" {
		b.WriteString(" at " + p)
	}
	b.WriteString(":")
	if !math.IsNaN(r.Value) {
		b.WriteString(" " + shown(r.Value, r.Unit))
		if !math.IsInf(r.Low, 0) || !math.IsInf(r.High, 0) {
			fmt.Fprintf(&b, " [%s, %s]", digits(r.Low), digits(r.High))
		}
		fmt.Fprintf(&b, " n=%d", r.N)
	}
	b.WriteString(" " + strings.ReplaceAll(string(r.Status), "_", " "))
	if r.Note != "" {
		b.WriteString("; " + r.Note)
	}
	return b.String()
}

// place names a level, and its repeat where it has one.
func place(r result.Row) string {
	if strings.HasPrefix(r.Dir, r.Level+"/") {
		return r.Dir
	}
	return r.Level
}

func shown(v float64, unit string) string {
	text := digits(v)
	switch unit {
	case "", "ratio":
		return text
	}
	return text + " " + unit
}

// digits writes four significant digits, and whole numbers whole.
func digits(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "inf"
	case math.IsInf(v, -1):
		return "-inf"
	case math.Abs(v) >= 1000:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}
