package router

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/target"
	"github.com/dynbench/dynbench/internal/wait"
)

// urlArm is the name of the arm of endpoints that stand.
const urlArm = "url"

// standing measures the endpoints at URLs, all together at each ratio. A URL that
// fails fails the whole: what the others did is not the router's throughput.
func (p PrefixRatio) standing(ctx context.Context, dir string) ([]measured, error) {
	a := measured{name: urlArm, dir: dir, places: map[string][][]place{}, planned: p.Pairs}
	if err := p.vacant(dir); err != nil {
		return nil, err
	}
	if p.Model == "" {
		var err error
		if p.Model, err = p.awaitModel(ctx, p.URLs[0]); err != nil {
			return nil, err
		}
	}
	a.model = p.Model
	if err := p.count(ctx, &a); err != nil {
		return nil, err
	}
	err := p.all(ctx, dir, &a)
	if len(a.places) == 0 {
		return nil, err
	}
	return []measured{a}, err
}

// all measures all ratios, as often as they are to be. A target that is none, as
// it was when the first ratio asked it, is asked no other.
func (p PrefixRatio) all(ctx context.Context, dir string, a *measured) error {
	var errs []error
	old := true // the summary of an earlier sweep is where it was
	for rep := range p.Pairs {
		for _, pt := range p.points() {
			if ctx.Err() != nil {
				break
			}
			places, model, err := p.together(ctx, p.repeat(dir, rep), pt, rep)
			none := errors.Is(err, harness.ErrTarget) || errors.Is(err, harness.ErrUsage)
			if old && !none {
				old = false
				errs = append(errs, p.setAside(dir))
			}
			if err == nil {
				a.model = model
				a.put(pt.name, places)
				continue
			}
			errs = append(errs, fmt.Errorf("%s: %w", pt.name, err))
			if none {
				a.stopped = true
				return errors.Join(errs...)
			}
		}
	}
	return errors.Join(errs...)
}

// repeat is the folder of a repetition.
func (p PrefixRatio) repeat(dir string, rep int) string {
	if p.Pairs == 1 {
		return dir
	}
	return filepath.Join(dir, fmt.Sprintf("rep-%d", rep+1))
}

// folder is that of a ratio and a URL.
func (p PrefixRatio) folder(pt point, i int) string {
	if len(p.URLs) == 1 {
		return pt.name
	}
	return fmt.Sprintf("%s_url_%d", pt.name, i)
}

// awaitModel asks an endpoint for its first model until it lists one: routers
// list none before their first worker has come.
func (p PrefixRatio) awaitModel(ctx context.Context, url string) (model string, err error) {
	limit := cmp.Or(p.ReadyTimeout, harness.DefaultReadyTimeout)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the ready timeout of %s is over", limit))
	defer cancel()
	err = wait.Until(ctx, 200*time.Millisecond, func(ctx context.Context) (err error) {
		model, err = firstModel(ctx, url)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("%w: which model it serves: %w", harness.ErrTarget, err)
	}
	return model, nil
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
	folder := p.folder(pt, i)
	requests, concurrency := p.Requests/n, max(1, p.Concurrency/n)
	if i < p.Requests%n {
		requests++
	}
	if n > 1 {
		pt.workload.Branch = fmt.Sprint(i)
		if p.OwnPools {
			pt.workload.Pool = fmt.Sprint(i)
		}
	}
	pt.name = folder
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
	case !whole(run, pt.name):
		return where, "", notWhole(p.URLs[i], run)
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
	resp, err := get(ctx, url+"/health")
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
