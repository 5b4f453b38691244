package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/dynbench/dynbench/harness/arrival"
	"github.com/dynbench/dynbench/harness/client"
	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/sla"
	"github.com/dynbench/dynbench/harness/target"
	"github.com/dynbench/dynbench/harness/tokens"
	"github.com/dynbench/dynbench/harness/workload"
	"github.com/dynbench/dynbench/harness/workload/trace"
)

// Resolved is what Options come to: the typed values of a sweep.
type Resolved struct {
	Target   target.Target
	Workload workload.Workload
	Levels   []load.Level
	Warmup   load.Stop
	Measure  load.Stop

	Endpoint  client.Endpoint
	Headers   http.Header
	APIKey    string
	Extra     map[string]any
	Dialect   *client.Dialect // nil: what the target takes
	Tokenizer tokens.Tokenizer

	Goals   []sla.Goal
	Goodput []metric.Limit
	Notices []string // of what was changed in the reading
}

// Resolve checks everything that can be checked without asking anybody, and
// names all that is wrong. It does not need a URL: a suite brings its stack.
func (o Options) Resolve(lookup Lookup) (Resolved, error) {
	r := Resolved{Target: target.Target{Model: o.Model, GPUs: max(o.GPUs, 0)}}
	if o.GPUs > 0 {
		r.Target.GPUsSource = "flag"
	}
	err := errors.Join(
		r.endpoint(o, lookup),
		r.workload(o),
		r.load(o),
		r.judgement(o),
		o.checkOutput(),
	)
	if err != nil {
		return r, fmt.Errorf("%w: %w", ErrUsage, err)
	}
	r.partOfFile(o)
	return r, nil
}

func (r *Resolved) endpoint(o Options, lookup Lookup) error {
	var errs []error
	if o.URL != "" {
		base, notice, err := client.ParseURL(o.URL, o.InCluster)
		if notice != "" {
			r.Notices = append(r.Notices, notice)
		}
		r.Target.URL = base
		errs = append(errs, err)
	}
	var err error
	r.Endpoint, err = client.ParseEndpoint(o.EndpointType)
	errs = append(errs, err)
	if o.Dialect != "auto" {
		d, err := client.ParseDialect(o.Dialect)
		if err != nil {
			err = fmt.Errorf("%w, or auto", err)
		}
		r.Dialect = &d
		errs = append(errs, err)
	}
	r.Headers, err = parseHeaders(o.Headers)
	errs = append(errs, err)
	r.Extra, err = parseExtra(o.flag("extra-input"), o.ExtraInputs)
	errs = append(errs, err)
	if o.APIKeyEnv != "" {
		key, ok := "", false
		if lookup != nil {
			key, ok = lookup(o.APIKeyEnv)
		}
		if !ok || key == "" {
			errs = append(errs, fmt.Errorf("--api-key-env %s: that variable is not set", o.APIKeyEnv))
		}
		r.APIKey = key
	}
	return errors.Join(errs...)
}

func (r *Resolved) workload(o Options) error {
	errs := []error{o.checkLengths(), r.questions(o)}
	tok, err := tokens.Auto(o.Tokenizer, o.Model)
	if err != nil {
		err = fmt.Errorf("--tokenizer %s: %w", o.Tokenizer, err)
	}
	r.Tokenizer = tok
	return errors.Join(append(errs, err)...)
}

// checkLengths refuses a 0, which a synthetic workload takes for its default: a
// user who writes it errs.
func (o Options) checkLengths() error {
	var errs []error
	if o.ISL < 1 {
		errs = append(errs, fmt.Errorf("%s %d: want at least 1 token", o.flag("isl"), o.ISL))
	}
	if o.OSL < 1 && o.OSL != workload.NoOSL {
		errs = append(errs, fmt.Errorf("%s %d: want at least 1 token, or %d for no length", o.flag("osl"), o.OSL, workload.NoOSL))
	}
	if o.ISLStd < 0 {
		errs = append(errs, fmt.Errorf("%s %d: want 0 or more tokens", o.flag("std"), o.ISLStd))
	}
	return errors.Join(errs...)
}

// questions are the user's own prompts, or synthetic ones.
func (r *Resolved) questions(o Options) error {
	completions := r.Endpoint == client.Completions
	if o.InputFile == "" {
		r.Workload = workload.Synthetic{ISL: o.ISL, ISLStd: o.ISLStd, OSL: o.OSL, Completions: completions}
		return nil
	}
	own, err := trace.Read(o.InputFile)
	if err != nil {
		return fmt.Errorf("--input-file: %w", err)
	}
	own.OSL, own.Completions = max(o.OSL, 0), completions
	if max(len(o.Concurrencies), len(o.Rates), o.Repeats) > 1 {
		r.Notices = append(r.Notices, "each level asks --input-file from its first line: a prefix cache may hold the prompts of the level before")
	}
	r.Workload = own
	return nil
}

// partOfFile gives notice of a file that the default number of requests, which as
// AIPerf's does not go by the file, leaves unfinished.
func (r *Resolved) partOfFile(o Options) {
	own, ok := r.Workload.(trace.SingleTurn)
	if !ok || o.Requests > 0 || o.Duration > 0 || len(r.Goals) > 0 { // a goal may raise the number
		return
	}
	n, _, err := own.Prompts()
	for _, l := range r.Levels {
		p := l.Plan.WithDefaults(r.Warmup, r.Measure)
		if asked := max(p.Warmup.Requests, 0) + p.Measure.Requests; err == nil && asked < n {
			r.Notices = append(r.Notices, fmt.Sprintf("--input-file has %d prompts, and %s asks the first %d: %s %d asks all",
				n, l.Name, asked, o.flag("requests"), n-max(p.Warmup.Requests, 0)))
			return
		}
	}
}

func (r *Resolved) load(o Options) error {
	var errs []error
	if o.Requests < 0 || o.PerSlot < 1 || o.Repeats < 1 || o.Warmup < -1 || o.MaxInFlight < 0 {
		errs = append(errs, fmt.Errorf("%s %d, --requests-per-slot %d, --repeats %d, %s %d, --max-in-flight %d: want at least 0, 1, 1, -1, 0",
			o.flag("requests"), o.Requests, o.PerSlot, o.Repeats, o.flag("warmup"), o.Warmup, o.MaxInFlight))
	}
	if o.Duration > 0 && o.Requests > 0 {
		errs = append(errs, fmt.Errorf("%s and %s exclude each other", o.flag("duration"), o.flag("requests")))
	}
	if len(o.Rates) > 0 {
		errs = append(errs, r.openLoop(o))
	} else {
		errs = append(errs, r.closedLoop(o))
	}
	r.Measure = load.Stop{Requests: max(o.Requests, 0), Duration: time.Duration(o.Duration)}
	switch {
	case o.Warmup == 0:
		r.Warmup = load.NoWarmup
	case o.Warmup > 0:
		r.Warmup = load.Requests(o.Warmup)
	}
	return errors.Join(errs...)
}

func (r *Resolved) closedLoop(o Options) error {
	if len(o.Concurrencies) == 0 {
		return fmt.Errorf("%s: no level", o.flag("concurrencies"))
	}
	var short []string
	r.Levels = load.Concurrency(o.Concurrencies...)
	if o.Ramp < 0 {
		return fmt.Errorf("%s %s: want 0 or more", o.flag("ramp"), time.Duration(o.Ramp))
	}
	r.Levels = load.Spread(time.Duration(o.Ramp), r.Levels)
	for i, c := range o.Concurrencies {
		if o.Requests > 0 && o.Requests < c {
			short = append(short, strconv.Itoa(c))
		}
		if o.PerSlot != load.RequestsPerSlot && o.Requests == 0 && o.Duration == 0 {
			r.Levels[i].Plan.Measure = load.Requests(max(load.MinRequests, o.PerSlot*c))
		}
	}
	if len(short) > 0 && !o.AllowShort {
		return fmt.Errorf("%s %d at concurrency %s: no more than %d would be in flight; --allow-short allows it",
			o.flag("requests"), o.Requests, strings.Join(short, ", "), o.Requests)
	}
	return nil
}

func (r *Resolved) openLoop(o Options) error {
	var processes []arrival.Process
	for _, rate := range o.Rates {
		switch o.Arrival {
		case "constant":
			processes = append(processes, arrival.Constant{Rate: rate})
		case "poisson":
			processes = append(processes, arrival.Poisson{Rate: rate})
		case "gamma":
			processes = append(processes, arrival.Gamma{Rate: rate, Smoothness: o.Smoothness})
		default:
			return fmt.Errorf("--arrival-pattern %q: want constant, poisson or gamma", o.Arrival)
		}
	}
	if o.Ramp != 0 {
		return fmt.Errorf("%s: an open loop has no slots that start; it goes with %s", o.flag("ramp"), o.flag("concurrencies"))
	}
	r.Levels = load.Rate(processes...)
	for i := range r.Levels {
		p := &r.Levels[i].Plan
		p.MaxInFlight = o.MaxInFlight
		if err := p.Arrival.Validate(); err != nil {
			return fmt.Errorf("--request-rate, --arrival-smoothness: %w", err)
		}
	}
	return nil
}

func (r *Resolved) judgement(o Options) error {
	var errs []error
	for _, s := range o.SLA {
		goals, err := sla.ParseList(s, metric.Standard())
		if err != nil {
			err = fmt.Errorf("--sla %q: %w", s, err)
		}
		r.Goals = append(r.Goals, goals...)
		errs = append(errs, err)
	}
	var err error
	r.Goodput, err = ParseGoodput(o.Goodput)
	errs = append(errs, err)
	if o.MaxErrorRate < 0 || o.MaxErrorRate > 1 {
		errs = append(errs, fmt.Errorf("--max-error-rate %g: want 0 to 1", o.MaxErrorRate))
	}
	if o.AbortErrorRate < 0 || o.AbortErrorRate > 1 || o.AbortAfterFailures < 0 {
		errs = append(errs, fmt.Errorf("--abort-error-rate %g, --abort-after-failures %d: want 0 to 1, and 0 or more", o.AbortErrorRate, o.AbortAfterFailures))
	}
	if o.Compat != "" && o.Compat != "aiperf" {
		errs = append(errs, fmt.Errorf("--compat %q: want aiperf", o.Compat))
	}
	if o.OnError != "continue" && o.OnError != "stop" {
		errs = append(errs, fmt.Errorf("--on-error %q: want continue or stop", o.OnError))
	}
	return errors.Join(errs...)
}

func (o Options) checkOutput() error {
	n := 0
	for _, on := range []bool{o.Resume, o.Overwrite, o.Fresh} {
		if on {
			n++
		}
	}
	if n > 1 {
		return errors.New("--resume, --overwrite and --fresh exclude each other")
	}
	if strings.TrimSpace(o.OutputDir) == "" {
		return fmt.Errorf("%s: empty", o.flag("output-dir"))
	}
	return nil
}

func parseHeaders(lines []string) (http.Header, error) {
	h := http.Header{}
	for _, l := range lines {
		name, value, ok := strings.Cut(l, ":")
		name = strings.TrimSpace(name)
		if !ok || name == "" || strings.ContainsAny(name, " \t\r\n") || strings.ContainsAny(value, "\r\n") {
			return nil, fmt.Errorf("--header %q: want 'NAME: VALUE'", l)
		}
		h.Add(name, strings.TrimSpace(value))
	}
	return h, nil
}

// parseExtra reads "key:value" with the value as JSON where it is some, and
// whole JSON objects.
func parseExtra(flag string, fields []string) (map[string]any, error) {
	extra := map[string]any{}
	for _, f := range fields {
		if strings.HasPrefix(strings.TrimSpace(f), "{") {
			if err := json.Unmarshal([]byte(f), &extra); err != nil {
				return nil, fmt.Errorf("%s %q: %w", flag, f, err)
			}
			continue
		}
		key, value, ok := strings.Cut(f, ":")
		if !ok || strings.TrimSpace(key) == "" {
			return nil, fmt.Errorf("%s %q: want KEY:VALUE or a JSON object", flag, f)
		}
		var v any
		if json.Unmarshal([]byte(value), &v) != nil {
			v = value
		}
		extra[strings.TrimSpace(key)] = v
	}
	return extra, nil
}

// ParseGoodput reads "key:value key:value", values in the metrics' units.
func ParseGoodput(s string) ([]metric.Limit, error) {
	by := map[string]float64{}
	for _, f := range strings.Fields(strings.ReplaceAll(s, ",", " ")) {
		key, value, ok := strings.Cut(f, ":")
		n, err := strconv.ParseFloat(value, 64)
		if !ok || err != nil {
			return nil, fmt.Errorf("--goodput %q: want KEY:NUMBER, as in time_to_first_token:200", f)
		}
		by[key] = n
	}
	limits, err := result.Limits(metric.Standard(), by)
	if err != nil {
		return nil, fmt.Errorf("--goodput %q: %w", s, err)
	}
	return limits, nil
}
