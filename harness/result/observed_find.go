package result

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// matches says that the series has the name, with or without _total, and carries
// the labels, which are given as key, value, key, value.
func (s *ObservedSeries) matches(name string, labels []string) bool {
	if s.Name != name && s.Name != name+"_total" {
		return false
	}
	for i := 0; i+1 < len(labels); i += 2 {
		if s.Labels[labels[i]] != labels[i+1] {
			return false
		}
	}
	return true
}

// Sum adds up the series of a name that carry the labels (key, value, ...): what
// counters grew by, the new observations of histograms, the means of gauges. It
// is false where there is no such series. The suffix _total may be left out.
func (o *Observed) Sum(name string, labels ...string) (sum float64, ok bool) {
	if o == nil {
		return 0, false
	}
	for i := range o.Series {
		if s := &o.Series[i]; s.matches(name, labels) {
			sum, ok = sum+s.amount(), true
		}
	}
	return sum, ok
}

func (s *ObservedSeries) amount() float64 {
	if s.Kind == Gauge {
		return s.Mean
	}
	return s.Delta
}

// Mean is that of the new observations of all histograms of a name, or of all
// gauges; false where there are none.
func (o *Observed) Mean(name string, labels ...string) (float64, bool) {
	if o == nil {
		return 0, false
	}
	sum, n := 0.0, 0.0
	for i := range o.Series {
		s := &o.Series[i]
		switch weight := s.Delta; {
		case !s.matches(name, labels) || s.Kind == Counter:
		case s.Kind == Gauge:
			sum, n = sum+s.Mean, n+1
		default:
			sum, n = sum+weight*s.Mean, n+weight
		}
	}
	if n == 0 {
		return 0, false
	}
	return sum / n, true
}

// Max is the highest value that a gauge of that name had; false where there is
// none.
func (o *Observed) Max(name string, labels ...string) (highest float64, ok bool) {
	if o == nil {
		return 0, false
	}
	for i := range o.Series {
		if s := &o.Series[i]; s.matches(name, labels) && s.Kind == Gauge {
			if !ok || s.Max > highest {
				highest = s.Max
			}
			ok = true
		}
	}
	return highest, ok
}

// By is Sum for each value of a label; series without it are passed over.
func (o *Observed) By(name, label string) map[string]float64 {
	if o == nil {
		return nil
	}
	var by map[string]float64
	for i := range o.Series {
		s := &o.Series[i]
		if v, ok := s.Labels[label]; ok && s.matches(name, nil) {
			if by == nil {
				by = map[string]float64{}
			}
			by[v] += s.amount()
		}
	}
	return by
}

// byURL is Sum for each page, by its place in URLs.
func (o *Observed) byURL(name string) map[string]float64 {
	var by map[string]float64
	for i := range o.Series {
		if s := &o.Series[i]; s.matches(name, nil) {
			if by == nil {
				by = map[string]float64{}
			}
			by[strconv.Itoa(s.URL)] += s.amount()
		}
	}
	return by
}

func parsePoints(b []byte) (*Points, error) {
	var p Points
	if err := json.Unmarshal(b, &p); err != nil {
		return nil, err
	}
	if err := checkSchema(p.Schema, ObservedSchema); err != nil {
		return nil, err
	}
	for _, s := range p.Series {
		if len(s.At) != len(s.Value) || s.URL < 0 || s.URL >= len(p.URLs) {
			return nil, fmt.Errorf("series %s: %d stamps, %d values, page %d of %d", s.Name, len(s.At), len(s.Value), s.URL, len(p.URLs))
		}
	}
	return &p, nil
}

// compact is JSON without indentation: the file is read by programs.
func compact(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	return append(b, '\n'), err
}

// describe says a number without decimals that say nothing.
func describe(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(v, 'f', 1, 64), "0"), ".")
}
