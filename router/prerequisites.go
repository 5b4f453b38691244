package router

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dynbench/dynbench/fixtures"
)

// prerequisites looks whether the parts of all modes can be had, before any is
// brought up: what the last mode lacks is better known before the first has
// measured for an hour. The error names all that is missing, and is then a
// *fixtures.MissingError; what is there but cannot be used it names alone. When
// ctx has ended, the runs say so.
func (p PrefixRatio) prerequisites(ctx context.Context) error {
	var lacking, broken reasons
	for _, m := range p.Modes {
		t, err := m.topology(p.Bed)
		if err != nil {
			return err
		}
		err = fixtures.Check(ctx, t)
		missing := new(fixtures.MissingError)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &missing):
			lacking.add(m, err)
		default:
			broken.add(m, err)
		}
	}
	if len(broken) > 0 {
		return broken.err()
	}
	return lacking.err()
}

// reasons are errors, each with the modes that have it.
type reasons []reason

type reason struct {
	modes []string
	err   error
}

// add notes each of the errors that err joins.
func (r *reasons) add(m Mode, err error) {
	all := []error{err}
	if j, ok := err.(interface{ Unwrap() []error }); ok && errors.Join(j.Unwrap()...).Error() == err.Error() {
		all = j.Unwrap()
	}
next:
	for _, e := range all {
		for i := range *r {
			if have := &(*r)[i]; have.err.Error() == e.Error() {
				have.modes = append(have.modes, string(m))
				continue next
			}
		}
		*r = append(*r, reason{[]string{string(m)}, e})
	}
}

// err joins them, each behind the names of its modes; nil without any.
func (r reasons) err() error {
	var errs []error
	for _, one := range r {
		errs = append(errs, fmt.Errorf("bring up %s: %w", strings.Join(one.modes, ", "), one.err))
	}
	return errors.Join(errs...)
}
