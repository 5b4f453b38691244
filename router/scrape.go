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

// by is sum for each value of a label.
func (s series) by(name, label string, labels ...string) map[string]float64 {
	all := map[string]float64{}
	for _, sample := range s {
		for _, x := range sample.Families[name].Series {
			v, ok := x.Labels[label]
			if !ok {
				continue
			}
			if _, seen := all[v]; !seen {
				all[v], _ = s.sum(name, append([]string{label, v}, labels...)...)
			}
		}
	}
	return all
}

// mean is the mean of what a histogram observed, and how often it did.
func (s series) mean(name string) (mean, count float64) {
	count, _ = s.sum(name + "_count")
	if count == 0 {
		return 0, 0
	}
	total, _ := s.sum(name + "_sum")
	return total / count, count
}

// get asks once, on a connection that ends with the answer.
func get(ctx context.Context, url string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	return (&http.Transport{DisableKeepAlives: true, Proxy: http.ProxyFromEnvironment}).RoundTrip(req)
}
