package harness

import (
	"context"
	"fmt"

	"github.com/dynbench/dynbench/harness/record"
)

// leastAborted is the least number of requests that a share of failures is
// taken of.
const leastAborted = 10

// aborter is a record sink that cuts its level short when too many requests
// fail.
type aborter struct {
	rate          float64 // 0: no share is too many
	after         int     // 0: no number is
	least         int     // requests before the share counts
	ended, failed int
	abort         context.CancelCauseFunc
}

func (a *aborter) Put(r record.Record) error {
	if r.Outcome == record.Cancelled {
		return nil
	}
	a.ended++
	if !r.Outcome.Failed() {
		return nil
	}
	a.failed++
	switch share := float64(a.failed) / float64(a.ended); {
	case a.after > 0 && a.failed >= a.after:
		a.abort(fmt.Errorf("aborted: %d requests failed, the last: %s", a.failed, r.Error))
	case a.rate > 0 && a.ended >= a.least && share > a.rate:
		a.abort(fmt.Errorf("aborted: %d of %d requests failed, the last: %s", a.failed, a.ended, r.Error))
	}
	return nil
}
