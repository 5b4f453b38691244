package router

import (
	"errors"
	"fmt"
)

// Check is one look at a measurement before its figures may be believed.
type Check struct {
	Name   string `json:"name"` // "participation", "dataset", "kv events", ...
	Arm    string `json:"arm"`
	Run    string `json:"run,omitempty"` // the run that it was made on; "": all of the arm
	OK     bool   `json:"ok"`
	Detail string `json:"detail"` // what was seen

	err error // the reason, where callers may ask for its class
}

// String is one line for people.
func (c Check) String() string {
	verdict := "ok"
	if !c.OK {
		verdict = "FAILED"
	}
	where := c.Arm
	if c.Run != "" {
		where += " " + c.Run
	}
	return fmt.Sprintf("%-6s %-14s %s: %s", verdict, c.Name, where, c.Detail)
}

// ErrMissing is in the error of a sweep of which some point was not measured.
var ErrMissing = errors.New("not all was measured")

// ErrRun is in the error of a run that did not come to its end, or in which no
// request succeeded.
var ErrRun = errors.New("run not whole")

// ErrCheck is in the error of a measurement that did not pass its checks.
var ErrCheck = errors.New("check failed")

// failed joins the checks that were not passed into one error, nil without any.
func failed(checks []Check) error {
	var errs []error
	for _, c := range checks {
		if !c.OK {
			err := fmt.Errorf("%w: %s, %s: %s", ErrCheck, c.Arm, c.Name, c.Detail)
			if c.err != nil {
				err = because{err, c.err}
			}
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// because is an error that is of the class of another too, without saying it
// twice.
type because struct {
	error
	reason error
}

func (b because) Unwrap() []error { return []error{b.error, b.reason} }
