package proc

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"time"
)

// Orphan is a process that outlived both the program that had it started and
// its supervisor, which takes a SIGKILL of both at once.
type Orphan struct {
	PID     int
	Command string // its command line
	Starter int    // the process id that the program had
}

// String says what it is and whose it was.
func (o Orphan) String() string {
	return fmt.Sprintf("process %d (%s), left behind by process %d", o.PID, o.Command, o.Starter)
}

// orphanGrace is how long an orphan gets from SIGTERM to SIGKILL: enough for
// Python to remove the shared memory of a tree of processes. They are looked for
// every orphanLook meanwhile.
const (
	orphanGrace = 2 * time.Second
	orphanLook  = 50 * time.Millisecond
)

// EndOrphans ends what starters that are gone have left on this machine, as far
// as this user may, by SIGTERM and then SIGKILL, and returns what that was. It
// leaves alone whatever has a starter or a supervisor that runs. A starter is
// known by its process id and the time of its start, so that another process
// with the id of an old one is not taken for it; those of other containers,
// whose ids mean something else, are not judged. An error names what still runs
// when ctx is done. Linux alone has the means; elsewhere nothing is found.
func EndOrphans(ctx context.Context) ([]Orphan, error) {
	var ended []Orphan
	var patience <-chan time.Time
	asked, force := map[identity]bool{}, false
	memory := shared{}
	defer memory.remove()
	tick := time.NewTicker(orphanLook)
	defer tick.Stop()
	for {
		left := orphans()
		if len(left) == 0 {
			return ended, nil
		}
		for _, o := range left {
			switch {
			case !asked[o.identity()]:
				asked[o.identity()] = true
				ended = append(ended, o.Orphan)
				o.signal(syscall.SIGTERM)
			case force:
				memory.note([]int{o.PID})
				o.signal(syscall.SIGKILL)
			}
		}
		if patience == nil {
			patience = time.After(orphanGrace)
		}
		select {
		case <-tick.C:
		case <-patience:
			force = true
		case <-ctx.Done():
			return ended, fmt.Errorf("%s: %w", list(left), context.Cause(ctx))
		}
	}
}

// orphan is an Orphan with what tells it from a later process of the same id.
type orphan struct {
	Orphan
	start uint64
}

// identity is what no two processes of a machine have in common.
type identity struct {
	pid   int
	start uint64
}

func (o orphan) identity() identity { return identity{o.PID, o.start} }

func list(all []orphan) string {
	var b strings.Builder
	for i, o := range all {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(o.String())
	}
	return b.String()
}
