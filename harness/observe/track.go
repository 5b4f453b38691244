package observe

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/dynbench/dynbench/harness/result"
)

const (
	maxPoints = 200 // of a series; of more every second one is dropped
	maxSeries = 400 // of a page
	maxLabel  = 120 // bytes of a label's value
)

// page is what was seen of one page. One scrape at a time touches it.
type page struct {
	url     string
	scrapes int
	failed  int
	err     string
	seconds float64
	next    time.Time // not before that, after a failure
	series  map[string]*track
	left    map[string]bool // series beyond maxSeries
	stride  int             // every how many scrapes are kept as points
}

// track is what was seen of one series.
type track struct {
	name, kind string
	labels     map[string]string

	last          float64
	grown         float64 // of a counter, or a histogram's observations
	sum, sumGrown float64 // of a histogram's observations
	min, max      float64
	total         float64 // of a gauge's values
	n             int
	at            []int64
	value         []float64
}

// add takes a scrape in.
func (p *page) add(s Sample, now int64) {
	p.scrapes++
	keep := p.points()
	for _, name := range slices.Sorted(maps.Keys(s.Families)) {
		f := s.Families[name]
		for _, x := range f.Series {
			if t := p.track(name, f.Kind, x); t != nil {
				t.add(x, now, keep)
			}
		}
	}
}

// points says whether this scrape's points are kept. All series of a page are
// thinned out together, so that they stay in step.
func (p *page) points() bool {
	p.stride = max(p.stride, 1)
	if (p.scrapes-1)%p.stride != 0 {
		return false
	}
	if (p.scrapes-1)/p.stride < maxPoints {
		return true
	}
	for _, t := range p.series {
		t.thin()
	}
	p.stride *= 2
	return (p.scrapes-1)%p.stride == 0
}

// track finds the series, or begins it. A series that was not there in the first
// scrape begins at 0: it is made when it is first counted.
func (p *page) track(name, kind string, x Series) *track {
	value := x.Value
	if kind == result.Histogram {
		value = x.Count
	}
	if math.IsNaN(value) || math.IsInf(value, 0) || math.IsNaN(x.Sum) || math.IsInf(x.Sum, 0) {
		return nil
	}
	key := name + "\x00" + x.key()
	if t := p.series[key]; t != nil {
		return t
	}
	if len(p.series) >= maxSeries {
		if p.left == nil {
			p.left = map[string]bool{}
		}
		if len(p.left) < 100*maxSeries {
			p.left[key] = true
		}
		return nil
	}
	t := &track{name: name, kind: kind, labels: short(x.Labels), min: math.Inf(1), max: math.Inf(-1)}
	if p.scrapes == 1 {
		t.last, t.sum = value, x.Sum
	}
	p.series[key] = t
	return t
}

func short(labels map[string]string) map[string]string {
	for k, v := range labels {
		if len(v) > maxLabel {
			labels[k] = v[:maxLabel]
		}
	}
	return labels
}

func (t *track) add(x Series, now int64, keep bool) {
	value := x.Value
	if t.kind == result.Histogram {
		value = x.Count
		if value < t.last { // its process began anew
			t.sum = 0
		}
		t.sumGrown, t.sum = t.sumGrown+x.Sum-t.sum, x.Sum
	}
	t.grown, t.last = t.grown+grown(t.last, value), value
	t.min, t.max, t.total, t.n = min(t.min, value), max(t.max, value), t.total+value, t.n+1
	if keep && len(t.at) < maxPoints {
		t.at, t.value = append(t.at, now), append(t.value, value)
	}
}

// thin drops every second point.
func (t *track) thin() {
	n := 0
	for i := 0; i < len(t.at); i += 2 {
		t.at[n], t.value[n] = t.at[i], t.value[i]
		n++
	}
	t.at, t.value = t.at[:n], t.value[:n]
}

// figures are what run.json keeps of the series.
func (t *track) figures(url int) result.ObservedSeries {
	s := result.ObservedSeries{Name: t.name, Labels: t.labels, URL: url, Kind: t.kind}
	switch t.kind {
	case result.Counter:
		s.Delta, s.Last = t.grown, t.last
	case result.Gauge:
		s.Mean, s.Min, s.Max, s.Last = t.total/float64(t.n), t.min, t.max, t.last
	default:
		if s.Delta = t.grown; s.Delta > 0 {
			s.Mean = t.sumGrown / s.Delta
		}
	}
	return s
}

// sorted are the series by name and labels.
func (p *page) sorted() []*track {
	keys := slices.SortedFunc(maps.Keys(p.series), cmp.Compare[string])
	all := make([]*track, len(keys))
	for i, k := range keys {
		all[i] = p.series[k]
	}
	return all
}

// observed is what run.json keeps. Histograms without a new observation are left
// out; counters that stood still are not: that they did is what one looks for.
func (w *Watch) observed() *result.Observed {
	o := &result.Observed{Series: []result.ObservedSeries{}}
	for i, p := range w.pages {
		o.URLs = append(o.URLs, result.ObservedURL{
			URL: result.RedactText(p.url), Scrapes: p.scrapes, Failed: p.failed, Error: p.err, Seconds: p.seconds,
		})
		o.LeftOut += len(p.left)
		for _, t := range p.sorted() {
			if t.kind != result.Histogram || t.grown > 0 {
				o.Series = append(o.Series, t.figures(i))
			}
		}
	}
	return o
}

// points are the series over time, but for gauges that never moved and what
// observed leaves out.
func (w *Watch) points() *result.Points {
	p := &result.Points{Series: []result.PointSeries{}}
	for i, page := range w.pages {
		p.URLs = append(p.URLs, result.RedactText(page.url))
		for _, t := range page.sorted() {
			if t.grown > 0 || t.max > t.min {
				p.Series = append(p.Series, result.PointSeries{Name: t.name, Labels: t.labels, URL: i, Kind: t.kind, At: t.at, Value: t.value})
			}
		}
	}
	return p
}
