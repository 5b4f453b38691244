package result

import (
	"errors"
	"fmt"
)

// ErrForeign is the error for levels that were measured under another
// fingerprint than the one that is to be resumed.
var ErrForeign = errors.New("levels of another configuration")

// Resumable returns the folders of the levels of run, as read by Load, that a
// resumed run keeps: whole ones (ok, degraded) of the same fingerprint. All
// others are done again. A level of another fingerprint is an ErrForeign that
// names both; a tree without run.json keeps nothing.
func Resumable(run *Run, fingerprint string) (map[string]bool, error) {
	keep := map[string]bool{}
	if run == nil || run.Schema == "" {
		return keep, nil
	}
	for i := range run.Levels {
		l := &run.Levels[i]
		if !l.State.Whole() || !l.written {
			continue
		}
		if l.fingerprint != fingerprint {
			return nil, fmt.Errorf("resume %s: level %s has fingerprint %q, this configuration has %q: %w",
				run.Name, l.Label(), l.fingerprint, fingerprint, ErrForeign)
		}
		keep[l.Dir] = true
	}
	return keep, nil
}
