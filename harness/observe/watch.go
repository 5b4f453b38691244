package observe

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/dynbench/dynbench/harness/result"
)

// Config says what to watch.
type Config struct {
	URLs  []string
	Every time.Duration     // between two scrapes; 0: DefaultEvery
	Limit time.Duration     // of one scrape; 0: DefaultLimit
	Now   func() int64      // stamps in ns, as the records have; nil: ns from the start
	Keep  func(string) bool // series by name; nil: those of serving
}

// Defaults of a watch.
const (
	DefaultEvery = time.Second
	DefaultLimit = 2 * time.Second
)

// later is how long a page that failed is left alone.
const later = 5 * time.Second

// Watch scrapes pages from Start to Stop. A nil Watch observes nothing.
type Watch struct {
	cfg    Config
	client *http.Client
	pages  []*page
	stop   context.CancelFunc
	done   chan struct{}
}

// Start scrapes all pages once, so that what follows is counted from there, and
// then again and again until Stop or until ctx ends. Without URLs it is nil.
func Start(ctx context.Context, cfg Config) *Watch {
	if len(cfg.URLs) == 0 {
		return nil
	}
	if cfg.Every <= 0 {
		cfg.Every = DefaultEvery
	}
	if cfg.Limit <= 0 {
		cfg.Limit = DefaultLimit
	}
	if cfg.Now == nil {
		began := time.Now()
		cfg.Now = func() int64 { return int64(time.Since(began)) }
	}
	if cfg.Keep == nil {
		cfg.Keep = known
	}
	w := &Watch{cfg: cfg, client: newClient(), done: make(chan struct{})}
	for _, u := range cfg.URLs {
		w.pages = append(w.pages, &page{url: u, series: map[string]*track{}})
	}
	w.all(ctx, true)
	ctx, w.stop = context.WithCancel(ctx)
	go w.loop(ctx)
	return w
}

func (w *Watch) loop(ctx context.Context) {
	defer close(w.done)
	tick := time.NewTicker(w.cfg.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			w.all(ctx, false)
		}
	}
}

// all scrapes the pages side by side; those that failed of late only if forced.
func (w *Watch) all(ctx context.Context, force bool) {
	var wg sync.WaitGroup
	for _, p := range w.pages {
		if force || time.Now().After(p.next) {
			wg.Go(func() { w.one(ctx, p) })
		}
	}
	wg.Wait()
}

func (w *Watch) one(parent context.Context, p *page) {
	ctx, cancel := context.WithTimeout(parent, w.cfg.Limit)
	defer cancel()
	began := time.Now()
	s, err := scrape(ctx, w.client, p.url, &filter{keep: w.cfg.Keep})
	switch {
	case err == nil:
		p.seconds += time.Since(began).Seconds()
		p.add(s, w.cfg.Now())
	case parent.Err() == nil: // else it was Stop that cut it short
		p.failed, p.err, p.next = p.failed+1, err.Error(), time.Now().Add(later)
	}
}

// Stop scrapes all pages once more, also when ctx has ended, and returns what was
// observed since Start, and the series over time. It is called once.
func (w *Watch) Stop(ctx context.Context) (*result.Observed, *result.Points) {
	if w == nil {
		return nil, nil
	}
	w.stop()
	<-w.done
	w.all(context.WithoutCancel(ctx), true)
	w.client.CloseIdleConnections()
	return w.observed(), w.points()
}
