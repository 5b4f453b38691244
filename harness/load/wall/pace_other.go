//go:build !linux

package wall

import "github.com/dynbench/dynbench/harness/record"

func newPacer(clock record.Clock, _ bool) (pacer, error) { return newTicker(clock), nil }
