package wall

import (
	"context"
	"sync"

	"github.com/dynbench/dynbench/harness/client"
	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/record"
)

// worker is one slot's goroutine.
type worker struct {
	slot  *client.Slot
	in    chan load.Turn
	rec   record.Record // of the turn that it has
	asked bool          // the request is sent
}

// pool is the workers of a loop, and guarded by its lock.
type pool struct {
	all, idle []*worker // the one that fell idle last is taken first
	spare     int       // idle ones to be kept, at least; 0: as many as there are
	most      int       // of all; 0: no bound
	short     chan struct{}
	wg        sync.WaitGroup
}

// add makes workers of slots.
func (l *loop) add(slots []*client.Slot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range slots {
		l.pool.idle = append(l.pool.idle, l.hire(s))
	}
}

func (l *loop) hire(s *client.Slot) *worker {
	w := &worker{slot: s, in: make(chan load.Turn, 1)}
	l.pool.all = append(l.pool.all, w)
	l.pool.wg.Go(func() { l.work(w) })
	return w
}

// take returns an idle worker, or a new one that dials before it sends.
func (l *loop) take() *worker {
	p := &l.pool
	n := len(p.idle)
	if p.spare > 0 && 2*n <= p.spare {
		select {
		case p.short <- struct{}{}:
		default:
		}
	}
	if n == 0 {
		return l.hire(l.client.Slot())
	}
	w := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return w
}

// keepSpare opens connections when few are idle, so that a request seldom has to
// dial while more and more are in flight. What cannot be opened is left to the
// requests, whose records tell why.
func (l *loop) keepSpare(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-l.pool.short:
			}
			for n := l.missing(); n > 0; n = l.missing() {
				slots, err := l.client.Slots(ctx, n)
				if err != nil {
					break
				}
				l.add(slots)
			}
		}
	})
	return func() { cancel(); wg.Wait() }
}

// missing is how many connections are to be opened: the more there are, the more
// are spare, so that they keep up with a server that falls behind.
func (l *loop) missing() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := &l.pool
	n := max(p.spare, len(p.all)/4) - len(p.idle)
	if p.most > 0 {
		n = min(n, p.most-len(p.all))
	}
	return n
}

// dismiss lets the workers end with the turns that they have; the channel is
// closed when all have.
func (p *pool) dismiss() <-chan struct{} {
	for _, w := range p.all {
		close(w.in)
	}
	done := make(chan struct{})
	go func() { p.wg.Wait(); close(done) }()
	return done
}

func (l *loop) closeSlots() {
	for _, w := range l.pool.all {
		w.slot.Close()
	}
}

func closeAll(slots []*client.Slot) {
	for _, s := range slots {
		s.Close()
	}
}
