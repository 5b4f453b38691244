package observe

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/dynbench/dynbench/harness/result"
)

// maxPage bounds a page: a router with a thousand workers has a few MB.
const maxPage = 32 << 20

// accept prefers the older text, which costs less to read.
const accept = "text/plain;version=0.0.4;q=1,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1"

// Scrape reads the page at url once, every series of it. The error names the page
// without its credentials.
func Scrape(ctx context.Context, url string) (Sample, error) {
	client := newClient()
	defer client.CloseIdleConnections()
	return scrape(ctx, client, url, &filter{buckets: true})
}

// newClient has connections of its own: none are shared with the load.
func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute}}
}

func scrape(ctx context.Context, client *http.Client, url string, f *filter) (Sample, error) {
	at := time.Now()
	page, contentType, err := get(ctx, client, url)
	if err == nil {
		var s Sample
		if s, err = parse(page, contentType, f); err == nil {
			s.URL, s.At = url, at
			return s, nil
		}
	}
	return Sample{}, fmt.Errorf("scrape %s: %s", result.RedactText(url), result.RedactText(err.Error()))
}

func get(ctx context.Context, client *http.Client, url string) ([]byte, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Accept", accept)
	resp, err := client.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, "", fmt.Errorf("status %s", resp.Status)
	}
	page, err := io.ReadAll(io.LimitReader(resp.Body, maxPage+1))
	if err == nil && len(page) > maxPage {
		err = fmt.Errorf("the page is larger than %d MB", maxPage>>20)
	}
	return page, resp.Header.Get("Content-Type"), err
}
