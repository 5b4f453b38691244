package router

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/dynbench/dynbench/harness/observe"
)

// series are the metrics of some pages at one moment.
type series []observe.Sample

// scrapeLimit bounds the reading of all pages.
const scrapeLimit = 10 * time.Second

// scrape reads the pages that answer. It is an error if none does.
func scrape(ctx context.Context, urls []string) (series, error) {
	ctx, cancel := context.WithTimeout(ctx, scrapeLimit)
	defer cancel()
	var s series
	var errs []error
	for _, u := range urls {
		sample, err := observe.Scrape(ctx, u)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s = append(s, sample)
	}
	if len(s) == 0 {
		return s, errors.Join(append(errs, errors.New("no metrics endpoint answers"))...)
	}
	return s, nil
}

// sum adds up the series of a name whose labels are as given, of all pages: see
// observe.Sample.Sum. False: there is none.
func (s series) sum(name string, labels ...string) (total float64, found bool) {
	for _, sample := range s {
		if v, ok := sample.Sum(name, labels...); ok {
			total, found = total+v, true
		}
	}
	return total, found
}

// growth is what counters have grown by between two moments. Routers and engines
// that stay up over several runs count on.
type growth struct{ then, now series }

// sum is series.sum of the growth; a counter that fell began anew. False: there is
// none now.
func (g growth) sum(name string, labels ...string) (float64, bool) {
	now, ok := g.now.sum(name, labels...)
	if then, _ := g.then.sum(name, labels...); then <= now {
		now -= then
	}
	return now, ok
}

// by is sum for each value of a label.
func (g growth) by(name, label string, labels ...string) map[string]float64 {
	all := map[string]float64{}
	for _, sample := range g.now {
		for _, x := range sample.Families[name].Series {
			v, ok := x.Labels[label]
			if !ok {
				continue
			}
			if _, seen := all[v]; !seen {
				all[v], _ = g.sum(name, append([]string{label, v}, labels...)...)
			}
		}
	}
	return all
}

// total is the sum and the number of what a histogram observed.
func (g growth) total(name string) (sum, count float64) {
	sum, _ = g.sum(name + "_sum")
	count, _ = g.sum(name + "_count")
	return sum, count
}

// get asks once, on a connection that ends with the answer.
func get(ctx context.Context, url string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	return (&http.Transport{DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment}).RoundTrip(req)
}
