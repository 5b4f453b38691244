package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
)

// Lookup is os.LookupEnv, or what a test puts in its place.
type Lookup func(name string) (value string, ok bool)

// Assignment is one option as a command line gives it.
type Assignment struct {
	Option Option
	Value  string
}

// Sources are where options come from; the later ones win over the earlier:
// defaults, file, environment, flags.
type Sources struct {
	Defaults Options
	File     string // JSON or YAML with the keys of Options, or a run.json; "": none
	Lookup   Lookup // nil: no environment
	Flags    []Assignment
	Table    []Option // whose variables are read; nil: Table()
}

// ErrUsage marks options in a form that cannot be understood.
var ErrUsage = errors.New("wrong option")

// Options reads all sources. The error names every option that is wrong.
func (s Sources) Options() (Options, error) {
	o := s.Defaults
	if s.File != "" {
		if err := o.readFile(s.File); err != nil {
			return o, fmt.Errorf("%w: %w", ErrUsage, err)
		}
	}
	table := s.Table
	if table == nil {
		table = Table()
	}
	err := errors.Join(apply(&o, environment(table, s.Lookup)), apply(&o, s.Flags), o.exclusive(s.Flags))
	if err != nil {
		return o, fmt.Errorf("%w: %w", ErrUsage, err)
	}
	return o, nil
}

// environment lists the options that variables set, each by the first of its
// variables that is not empty.
func environment(table []Option, lookup Lookup) []Assignment {
	var set []Assignment
	if lookup == nil {
		return nil
	}
	for _, p := range table {
		for _, name := range p.Env {
			if v, ok := lookup(name); ok && strings.TrimSpace(v) != "" {
				p.name = name
				set = append(set, Assignment{p, v})
				break
			}
		}
	}
	return set
}

// exclusive refuses two kinds of levels on one command line. A rate from any
// source takes the place of concurrencies from an earlier one.
func (o Options) exclusive(set []Assignment) error {
	given := map[string]bool{}
	for _, a := range set {
		given[a.Option.key()] = true
	}
	if given["request-rate"] && given["concurrencies"] {
		return fmt.Errorf("%s and %s exclude each other; %s bounds an open loop",
			o.flag("request-rate"), o.flag("concurrencies"), o.flag("max-in-flight"))
	}
	return nil
}

// apply sets the options of one source; those that are repeated replace what an
// earlier source gave.
func apply(o *Options, set []Assignment) error {
	var errs []error
	cleared := map[string]bool{}
	for _, a := range set {
		if a.Option.clear != nil && !cleared[a.Option.Flag] {
			cleared[a.Option.Flag] = true
			a.Option.clear(o)
		}
		errs = append(errs, a.Option.Set(o, a.Value))
	}
	return errors.Join(errs...)
}

// readFile reads a configuration file over o.
func (o *Options) readFile(path string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	return o.parse(path, raw)
}

func (o *Options) parse(path string, raw []byte) error {
	if !json.Valid(raw) {
		asJSON, err := yaml.YAMLToJSON(raw)
		if err != nil {
			return fmt.Errorf("configuration %s: %w", path, err)
		}
		raw = asJSON
	}
	var run struct {
		Schema string          `json:"schema"`
		Config json.RawMessage `json:"config"`
	}
	if json.Unmarshal(raw, &run) == nil && strings.HasPrefix(run.Schema, "bench.run/") {
		if len(run.Config) == 0 {
			return fmt.Errorf("configuration %s: this run has no configuration to repeat", path)
		}
		raw = run.Config
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(o); err != nil {
		return fmt.Errorf("configuration %s: %w", path, err)
	}
	return nil
}
