package router

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/internal/atomicfile"
)

// ParticipationFile is the report's name, as the original benchmark has it.
const ParticipationFile = "worker_participation.json"

// ParticipationSchema is the schema of the part of the report that is ours.
const ParticipationSchema = "dynbench.participation/1"

// ErrNoWorkerIDs is in the error of a check of answers in which no worker was
// named at all: the router tells none, or was not asked to.
var ErrNoWorkerIDs = errors.New("no worker IDs were returned")

// Participation says which workers answered the measured requests. Its JSON has
// the original benchmark's keys, and ours under "dynbench".
type Participation struct {
	Requests   int      // measured requests
	WithID     int      // of them those whose answer named a worker
	Prefill    []string // ids of workers, distinct, in the order of their text
	Decode     []string
	Files      []string // that it was read from, relative to the folder
	MinPrefill int      // workers that were demanded
	MinDecode  int
	Source     string        // who told: SourceAnswers or SourceEngines
	Workers    []WorkerShare // by role and id
}

// Who told which worker answered.
const (
	SourceAnswers = "answers" // nvext.worker_id of each answer
	SourceEngines = "engines" // the engines' own counters, where a router tells nothing
)

// WorkerShare is what one worker did.
type WorkerShare struct {
	ID       string `json:"worker_id"`
	Role     string `json:"role"` // RolePrefill, RoleDecode
	Requests int    `json:"requests"`
	Input    int    `json:"input_tokens"`
	Cached   int    `json:"cached_tokens"`
	Output   int    `json:"output_tokens"`
}

// Roles of workers. One that does both is counted as decode, where the
// original counts it, and is named as prefill too only where the router does so.
const (
	RolePrefill = "prefill"
	RoleDecode  = "decode"
)

// add counts the answer to one measured request.
func (p *Participation) add(r *record.Record) {
	p.Requests++
	if r.Prefill == 0 && r.Decode == 0 {
		return
	}
	p.WithID++
	if r.Prefill != 0 {
		p.count(strconv.FormatUint(r.Prefill, 10), RolePrefill, r)
	}
	if r.Decode != 0 {
		p.count(strconv.FormatUint(r.Decode, 10), RoleDecode, r)
	}
}

func (p *Participation) count(id, role string, r *record.Record) {
	share := p.share(id, role)
	share.Requests++
	if r.OK() {
		share.Input += r.Input
		share.Cached += r.Cached
		share.Output += r.OSL()
	}
}

// share is that of a worker, made when it is first asked for.
func (p *Participation) share(id, role string) *WorkerShare {
	for i := range p.Workers {
		if p.Workers[i].ID == id && p.Workers[i].Role == role {
			return &p.Workers[i]
		}
	}
	p.Workers = append(p.Workers, WorkerShare{ID: id, Role: role})
	return &p.Workers[len(p.Workers)-1]
}

// settle puts ids and shares in their order.
func (p *Participation) settle() {
	slices.SortFunc(p.Workers, func(a, b WorkerShare) int { return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.ID, b.ID)) })
	p.Prefill, p.Decode = []string{}, []string{}
	for _, w := range p.Workers {
		if w.Role == RolePrefill {
			p.Prefill = append(p.Prefill, w.ID)
		} else {
			p.Decode = append(p.Decode, w.ID)
		}
	}
	if p.Files == nil {
		p.Files = []string{}
	}
}

// merge adds what other counted.
func (p *Participation) merge(other Participation) {
	p.Requests += other.Requests
	p.WithID += other.WithID
	p.Source = cmp.Or(p.Source, other.Source)
	p.Files = append(p.Files, other.Files...)
	for _, w := range other.Workers {
		s := p.share(w.ID, w.Role)
		s.Requests += w.Requests
		s.Input += w.Input
		s.Cached += w.Cached
		s.Output += w.Output
	}
	p.settle()
}

// Variation is the coefficient of variation over the workers of a role: the
// standard deviation of what by returns, divided by its mean. Workers is the
// number that there are, seen or not; fewer than were seen counts as those.
// NaN without any.
func (p Participation) Variation(role string, workers int, by func(WorkerShare) int) float64 {
	var values []float64
	for _, w := range p.Workers {
		if w.Role == role {
			values = append(values, float64(by(w)))
		}
	}
	for len(values) < workers {
		values = append(values, 0)
	}
	mean, square := 0.0, 0.0
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		square += (v - mean) * (v - mean) / float64(len(values))
	}
	return math.Sqrt(square) / mean
}

// ByRequests and ByTokens are what Variation is asked of: the requests of a
// worker, and the tokens that went in and came out.
func ByRequests(w WorkerShare) int { return w.Requests }

// ByTokens: see ByRequests.
func ByTokens(w WorkerShare) int { return w.Input + w.Output }

// Check returns an error that names every minimum that was missed; ErrNoWorkerIDs
// is in it where no worker was named at all.
func (p Participation) Check() error {
	var errs []error
	if len(p.Prefill) == 0 && len(p.Decode) == 0 {
		errs = append(errs, ErrNoWorkerIDs)
	}
	if n := len(p.Prefill); n < p.MinPrefill {
		errs = append(errs, fmt.Errorf("observed %d prefill workers, required %d", n, p.MinPrefill))
	}
	if n := len(p.Decode); n < p.MinDecode {
		errs = append(errs, fmt.Errorf("observed %d decode workers, required %d", n, p.MinDecode))
	}
	if len(errs) == 0 {
		return nil
	}
	return fmt.Errorf("worker participation: %w", errors.Join(errs...))
}

// Write writes the report into a folder.
func (p Participation) Write(dir string) error {
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("participation: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("participation: %w", err)
	}
	return atomicfile.Write(filepath.Join(dir, ParticipationFile), append(b, '\n'))
}

// ids writes ids as numbers where they are some: the original's are.
func ids(list []string) []json.RawMessage {
	out := make([]json.RawMessage, len(list))
	for i, id := range list {
		if _, err := strconv.ParseUint(id, 10, 64); err == nil && !strings.HasPrefix(id, "0") {
			out[i] = json.RawMessage(id)
			continue
		}
		b, _ := json.Marshal(id) // a string always encodes
		out[i] = b
	}
	return out
}

// MarshalJSON writes the original's keys first.
func (p Participation) MarshalJSON() ([]byte, error) {
	p.settle()
	return json.Marshal(struct {
		Requests   int               `json:"profiling_requests"`
		WithID     int               `json:"requests_with_worker_id"`
		Prefill    []json.RawMessage `json:"observed_prefill_worker_ids"`
		Decode     []json.RawMessage `json:"observed_decode_worker_ids"`
		Files      []string          `json:"raw_export_files"`
		MinPrefill int               `json:"minimum_prefill_workers"`
		MinDecode  int               `json:"minimum_decode_workers"`
		Own        own               `json:"dynbench"`
	}{p.Requests, p.WithID, ids(p.Prefill), ids(p.Decode), p.Files, p.MinPrefill, p.MinDecode, own{
		Schema: ParticipationSchema, Source: p.Source, Workers: append([]WorkerShare{}, p.Workers...),
		RequestsCV: Number(p.Variation(RoleDecode, p.MinDecode, ByRequests)), TokensCV: Number(p.Variation(RoleDecode, p.MinDecode, ByTokens)),
	}})
}

// own is the part of the report that the original lacks. The coefficients of
// variation are over decode workers; those that were demanded and not seen count
// with nothing.
type own struct {
	Schema     string        `json:"schema"`
	Source     string        `json:"source"`
	RequestsCV Number        `json:"requests_cv"`
	TokensCV   Number        `json:"tokens_cv"`
	Workers    []WorkerShare `json:"workers"`
}
