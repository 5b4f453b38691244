package main

import (
	"fmt"
	"math"
	"runtime"
	"strconv"
	"strings"
	"text/tabwriter"
)

// stepTries is how often a step is tried before it counts as not held: other
// work may have come between.
const stepTries = 2

// ceiling is what the machine was found to hold.
type ceiling struct {
	streams, arrivals step
	tokens            float64 // output tokens/s
	perStream         int     // tokens/s of each of the streams
}

// step is the highest one that was held, and the first that was not.
type step struct {
	held, failed float64 // 0: none was
	why          string  // not
}

// climb tries steps until one is not held; try says why.
func climb[N int | float64](steps []N, try func(N) (why string, err error)) (found step, err error) {
	for _, n := range steps {
		for range stepTries {
			if found.why, err = try(n); err != nil {
				return found, err
			}
			if found.why == "" {
				break
			}
		}
		if found.why != "" {
			found.failed = float64(n)
			return found, nil
		}
		found.held = float64(n)
	}
	return found, nil
}

func (s step) String() string {
	if s.held == 0 {
		return "fewer than " + whole(s.failed)
	}
	if s.failed == 0 {
		return "at least " + whole(s.held)
	}
	return whole(s.held)
}

func (s step) highest() string {
	if s.held == 0 {
		return "none"
	}
	return whole(s.held)
}

func (s step) beyond() string {
	if s.failed == 0 {
		return "all steps held"
	}
	return whole(s.failed) + ": " + s.why
}

func whole(v float64) string { return strconv.FormatFloat(math.Round(v), 'f', 0, 64) }

// print writes the table.
func (f ceiling) print(e *examination, c calibration) error {
	e.ok("calibration", "client and server share %d processors: with the server elsewhere there is more", runtime.GOMAXPROCS(0))
	w := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nthis machine\tholds truly\tbeyond it")
	fmt.Fprintf(w, "streams, %d tokens/s each\t%s\t%s\n", f.perStream, f.streams, f.streams.beyond())
	fmt.Fprintf(w, "output tokens/s\t%s\t%d streams, one event a write\n", whole(f.tokens), c.Slots)
	fmt.Fprintf(w, "arrivals/s\t%s\t%s\n\n", f.arrivals, f.arrivals.beyond())
	return w.Flush()
}

// levels says which of the planned levels this client would limit.
func (e *examination) levels(s step, planned []int) {
	var above, between []string
	for _, n := range planned {
		switch v := float64(n); {
		case v <= s.held:
		case s.failed > 0 && v >= s.failed:
			above = append(above, strconv.Itoa(n))
		default:
			between = append(between, strconv.Itoa(n))
		}
	}
	if len(above) > 0 {
		e.warn("levels", "concurrency %s: above the ceiling, this client would limit the figures: use a machine with more processors, or fewer streams", strings.Join(above, ", "))
	}
	if len(between) > 0 {
		e.warn("levels", "concurrency %s: not tried, the highest step that was held is %s: the level itself will say whether the client limited it", strings.Join(between, ", "), s.highest())
	}
	if len(above)+len(between) == 0 {
		e.ok("levels", "all planned levels lie within the ceiling")
	}
}
