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

// ErrCheck is in the error of a measurement that did not pass its checks.
var ErrCheck = errors.New("check failed")

// failed joins the checks that were not passed into one error, nil without any.
func failed(checks []Check) error {
	var errs []error
	for _, c := range checks {
		if !c.OK {
			errs = append(errs, fmt.Errorf("%w: %s, %s: %s", ErrCheck, c.Arm, c.Name, c.Detail))
		}
	}
	return errors.Join(errs...)
}
