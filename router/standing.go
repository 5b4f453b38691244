package router

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"

	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/target"
)

// urlArm is the name of the arm of endpoints that stand.
const urlArm = "url"

// standing measures the endpoints at URLs, all together at each ratio. A URL that
// fails fails the whole: what the others did is not the router's throughput.
func (p PrefixRatio) standing(ctx context.Context, dir string) ([]measured, error) {
	a := measured{name: urlArm, dir: dir, places: map[string][][]place{}, planned: p.Pairs}
	if p.Model == "" {
		var err error
		if p.Model, err = firstModel(ctx, base(p.URLs[0])); err != nil {
			return nil, fmt.Errorf("ask %s for its model: %w", p.URLs[0], err)
		}
	}
	a.model = p.Model
	if err := p.count(ctx, &a); err != nil {
		return nil, err
	}
	var errs []error
	for rep := range p.Pairs {
		into := dir
		if p.Pairs > 1 {
			into = filepath.Join(dir, fmt.Sprintf("rep-%d", rep+1))
		}
		for _, pt := range p.points() {
			if ctx.Err() != nil {
				break
			}
			places, model, err := p.together(ctx, into, pt, rep)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", pt.name, err))
				continue
			}
			a.model = model
			a.put(pt.name, places)
		}
	}
	if len(a.places) == 0 {
		return nil, errors.Join(errs...)
	}
	return []measured{a}, errors.Join(errs...)
}

// together asks all URLs at the same time, each its share.
func (p PrefixRatio) together(ctx context.Context, dir string, pt point, rep int) ([]place, string, error) {
	places, models, errs := make([]place, len(p.URLs)), make([]string, len(p.URLs)), make([]error, len(p.URLs))
	var all sync.WaitGroup
	for i := range p.URLs {
		all.Go(func() { places[i], models[i], errs[i] = p.share(ctx, dir, pt, rep, i) })
	}
	all.Wait()
	return places, models[0], errors.Join(errs...)
}

// share asks one URL its share of a ratio.
func (p PrefixRatio) share(ctx context.Context, dir string, pt point, rep, i int) (place, string, error) {
	n := len(p.URLs)
	folder := pt.name
	requests, concurrency := p.Requests/n, max(1, p.Concurrency/n)
	if i < p.Requests%n {
		requests++
	}
	if n > 1 {
		folder += fmt.Sprintf("_url_%d", i)
		pt.workload.Branch = fmt.Sprint(i)
		if p.OwnPools {
			pt.workload.Pool = fmt.Sprint(i)
		}
	}
	s := p.sweep(p.level(pt, requests, concurrency))
	s.Name, s.Flat, s.Existing = strings.ReplaceAll(folder, ".", "_"), true, p.Existing
	if p.Salt != "" && p.Pairs > 1 {
		s.Salt = fmt.Sprintf("%s/%d", p.Salt, rep+1)
	}
	where := place{filepath.Join(dir, folder), pt.name}
	run, err := s.Run(ctx, target.Target{URL: p.URLs[i], Model: p.Model}, where.dir)
	switch {
	case err != nil:
		return where, "", fmt.Errorf("%s: %w", p.URLs[i], err)
	case run.State != result.Complete:
		return where, "", fmt.Errorf("%s: %s: %s", p.URLs[i], run.State, run.Reason)
	}
	return where, run.Target.Model, nil
}

// count refuses endpoints behind which fewer workers stand than were asked for,
// where they tell.
func (p PrefixRatio) count(ctx context.Context, a *measured) error {
	if p.Workers == 0 {
		return nil
	}
	for _, u := range p.URLs {
		have, ok := workersBehind(ctx, u)
		switch {
		case !ok:
			a.checks = append(a.checks, Check{Name: "workers", Arm: a.name, OK: true, Detail: u + " does not tell how many workers it has; participation will"})
		case have < p.Workers:
			return fmt.Errorf("%w: %s knows %d workers, %d were asked for", ErrCheck, u, have, p.Workers)
		default:
			a.checks = append(a.checks, Check{Name: "workers", Arm: a.name, OK: true, Detail: fmt.Sprintf("%s knows %d workers", u, have)})
		}
	}
	return nil
}

// workersBehind asks an endpoint's health for its instances, as Dynamo's frontend
// and the reference router list them; false where it lists none.
func workersBehind(ctx context.Context, url string) (int, bool) {
	resp, err := get(ctx, base(url)+"/health")
	if err != nil {
		return 0, false
	}
	defer resp.Body.Close()
	var health struct {
		Instances *[]struct {
			ID       json.Number `json:"instance_id"`
			Endpoint string      `json:"endpoint"`
		} `json:"instances"`
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
	if err != nil || resp.StatusCode != http.StatusOK || json.Unmarshal(body, &health) != nil || health.Instances == nil {
		return 0, false
	}
	ids := map[string]bool{}
	for i, x := range *health.Instances {
		if x.Endpoint != "" && x.Endpoint != "generate" {
			continue
		}
		id := x.ID.String()
		if id == "" {
			id = fmt.Sprint(i)
		}
		ids[id] = true
	}
	return len(ids), true
}

// base is a URL without the slash and the /v1 that users write behind it.
func base(url string) string {
	return strings.TrimSuffix(strings.TrimRight(url, "/"), "/v1")
}
