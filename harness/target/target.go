// Package target says what is measured: where an endpoint answers, which model
// it serves, on how many GPUs, and of which parts it consists.
package target

import "context"

// Target is an endpoint under load. The zero value names nothing; URL and Model
// are what a run needs at least.
type Target struct {
	URL     string   // base URL without /v1 and without a trailing slash
	Model   string   // the model field of each request
	Metrics []string // URLs of Prometheus text, scraped where given
	GPUs    int      // 0: unknown; never taken to be 1
	// GPUsSource says where GPUs comes from: "flag", "topology" or "" (unknown).
	GPUsSource string
	Parts      []PartInfo
	Labels     map[string]string

	// Reset empties the caches of the engines, so that a level starts cold.
	// nil: the target cannot.
	Reset func(ctx context.Context) error
	// Failed returns why a part of the target died, or nil while all live.
	// nil: the target does not know.
	Failed func() error
}

// PartInfo names one part of a stack for the result: which kind, who provides
// it, and its version.
type PartInfo struct {
	Name     string `json:"name"`     // "etcd", "nats", "engine-0", "frontend"
	Provider string `json:"provider"` // "embedded", "external", "process", "container"
	Version  string `json:"version,omitempty"`
	URL      string `json:"url,omitempty"`
}

// Target returns t itself, so that a bare endpoint is a system to measure.
func (t Target) Target() Target { return t }
