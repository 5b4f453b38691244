package harness

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/dynbench/dynbench/harness/observe"
	"github.com/dynbench/dynbench/harness/result"
)

// observed ends the watch and keeps what it saw of the level. A page that never
// answered is told of once a run: it is no fault of the level.
func (m *measurement) observed(ctx context.Context, w *observe.Watch, l *result.Level) *result.Points {
	var points *result.Points
	if l.Observed, points = w.Stop(ctx); l.Observed == nil {
		return nil
	}
	points.Base = m.clock.Base()
	for _, u := range l.Observed.URLs {
		if _, told := m.silent[u.URL]; u.Error == "" || told {
			continue
		}
		if m.silent == nil {
			m.silent = map[string]string{}
		}
		m.silent[u.URL] = u.Error
		m.sweep.Log.Warn("metrics of the target not read", "level", l.Label(), "failed", u.Failed, "read", u.Scrapes, "err", u.Error)
	}
	return points
}

func (m *measurement) writePoints(path string, p *result.Points) error {
	if p == nil {
		return nil
	}
	return result.WritePoints(path, p)
}

// unseen are warnings of the pages that did not answer.
func (m *measurement) unseen() (w []string) {
	for _, url := range slices.Sorted(maps.Keys(m.silent)) {
		w = append(w, fmt.Sprintf("the target's own metrics are not all there: %s", m.silent[url]))
	}
	return w
}
