// Package observe reads the metrics that a target gives in Prometheus text or
// OpenMetrics. Scrape reads a page once; Watch reads pages before, during and
// after a level and says what changed. Nothing in it ends a run: a page that does
// not answer is named in what comes back. It promises nothing to other modules.
package observe
