package observe

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/dynbench/dynbench/harness/result"
)

// Sample is one scrape of one page.
type Sample struct {
	URL      string
	At       time.Time
	Families map[string]Family // by name
}

// Family is the series of one name. Kind is result.Counter, Gauge or Histogram;
// a series of no type is a gauge unless its name ends as a counter's does.
type Family struct {
	Kind   string
	Series []Series
}

// Series is one series of a family.
type Series struct {
	Labels map[string]string
	Value  float64 // of a counter or gauge
	Count  float64 // of a histogram: its observations
	Sum    float64 // of a histogram: the sum of them
}

// Parse reads a page. contentType is the header of its answer; OpenMetrics is
// known by it, or by its last line.
func Parse(page []byte, contentType string) (Sample, error) {
	return parse(page, contentType, &filter{buckets: true})
}

func parse(page []byte, contentType string, f *filter) (Sample, error) {
	f.openMetrics = strings.Contains(contentType, "openmetrics") || bytes.HasSuffix(bytes.TrimSpace(page), []byte("# EOF"))
	parser := expfmt.NewTextParser(model.UTF8Validation)
	read, err := parser.TextToMetricFamilies(bytes.NewReader(f.apply(page)))
	if err != nil {
		return Sample{}, fmt.Errorf("no Prometheus text: %w", err)
	}
	families := make(map[string]Family, len(read))
	for name, mf := range read {
		fam := Family{Kind: kindOf(name, mf.GetType().String())}
		for _, m := range mf.GetMetric() {
			s := Series{Labels: make(map[string]string, len(m.GetLabel()))}
			for _, l := range m.GetLabel() {
				s.Labels[l.GetName()] = l.GetValue()
			}
			switch mf.GetType().String() {
			case "COUNTER":
				s.Value = m.GetCounter().GetValue()
			case "GAUGE":
				s.Value = m.GetGauge().GetValue()
			case "SUMMARY":
				s.Count, s.Sum = float64(m.GetSummary().GetSampleCount()), m.GetSummary().GetSampleSum()
			case "HISTOGRAM":
				s.Count, s.Sum = float64(m.GetHistogram().GetSampleCount()), m.GetHistogram().GetSampleSum()
			default:
				s.Value = m.GetUntyped().GetValue()
			}
			fam.Series = append(fam.Series, s)
		}
		families[name] = fam
	}
	return Sample{Families: families}, nil
}

func kindOf(name, typ string) string {
	switch {
	case typ == "HISTOGRAM" || typ == "SUMMARY":
		return result.Histogram
	case typ == "COUNTER" || typ == "UNTYPED" && strings.HasSuffix(name, "_total"):
		return result.Counter
	}
	return result.Gauge
}

// find returns the family of a name; the suffix _total may be left out, and of
// histograms _count and _sum name the number and the sum of the observations.
func (s Sample) find(name string) (Family, func(Series) float64, bool) {
	value := func(x Series) float64 { return x.Value }
	for _, n := range []string{name, name + "_total"} {
		if f, ok := s.Families[n]; ok {
			if f.Kind == result.Histogram {
				value = func(x Series) float64 { return x.Count }
			}
			return f, value, true
		}
	}
	if base, ok := strings.CutSuffix(name, "_sum"); ok && s.Families[base].Kind == result.Histogram {
		return s.Families[base], func(x Series) float64 { return x.Sum }, true
	}
	if base, ok := strings.CutSuffix(name, "_count"); ok && s.Families[base].Kind == result.Histogram {
		return s.Families[base], func(x Series) float64 { return x.Count }, true
	}
	return Family{}, nil, false
}

// Value is that of the first series of a name that carries the labels, which are
// given as key, value, key, value; of a histogram the number of its observations.
func (s Sample) Value(name string, labels ...string) (float64, bool) {
	f, value, ok := s.find(name)
	if !ok {
		return 0, false
	}
	for _, x := range f.Series {
		if x.carries(labels) {
			return value(x), true
		}
	}
	return 0, false
}

// Sum adds up the series of a name that carry the labels; false where there are
// none.
func (s Sample) Sum(name string, labels ...string) (sum float64, found bool) {
	f, value, ok := s.find(name)
	if !ok {
		return 0, false
	}
	for _, x := range f.Series {
		if x.carries(labels) {
			sum, found = sum+value(x), true
		}
	}
	return sum, found
}

// Delta is what the series of a name that carry the labels grew by in all. One
// that is new, or less than it was because its process began anew, counts from 0.
// It is false where after has none.
func Delta(before, after Sample, name string, labels ...string) (sum float64, found bool) {
	f, value, ok := after.find(name)
	if !ok {
		return 0, false
	}
	was := map[string]float64{}
	if b, valueBefore, ok := before.find(name); ok {
		for _, x := range b.Series {
			was[x.key()] = valueBefore(x)
		}
	}
	for _, x := range f.Series {
		if x.carries(labels) {
			sum, found = sum+grown(was[x.key()], value(x)), true
		}
	}
	return sum, found
}

// grown is what a counter grew by from one scrape to the next.
func grown(before, after float64) float64 {
	if after < before {
		return after
	}
	return after - before
}

func (x Series) carries(labels []string) bool {
	for i := 0; i+1 < len(labels); i += 2 {
		if x.Labels[labels[i]] != labels[i+1] {
			return false
		}
	}
	return true
}

// key tells the series of a family apart.
func (x Series) key() string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(x.Labels)) {
		b.WriteString(k)
		b.WriteByte(0)
		b.WriteString(x.Labels[k])
		b.WriteByte(0)
	}
	return b.String()
}
