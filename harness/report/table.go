package report

import (
	"fmt"
	"io"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/dynbench/dynbench/harness/result"
)

// Table writes the levels of each run as a table of about 90 columns:
// requests, errors, TTFT and ITL in ms, rates, mean tokens/sec per user, the
// concurrency that was reached, and the state.
func Table(w io.Writer, runs []*result.Run) error {
	for i, r := range runs {
		if i > 0 {
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
		if err := tableOf(w, r); err != nil {
			return err
		}
	}
	return nil
}

const (
	lowConfidence = "~"       // marks a percentile that few requests lie beyond
	limited       = "limited" // marks a level that the client bounds
)

func tableOf(w io.Writer, r *result.Run) error {
	t := table.NewWriter()
	t.SetStyle(tableStyle())
	t.SuppressTrailingSpaces()
	header := table.Row{"", "", "", "TTFT ms", "", "", "ITL ms", "", "", "tok/s", "tok/s/", "in", ""}
	t.AppendHeader(header)
	t.AppendHeader(table.Row{"level", "req", "err", "p50", "p90", "p99", "p50", "p99", "req/s", "total", "user", "flight", "state"})
	columns := make([]table.ColumnConfig, len(header)-2)
	for i := range columns {
		columns[i] = table.ColumnConfig{Number: i + 2, Align: text.AlignRight, AlignHeader: text.AlignRight}
	}
	t.SetColumnConfigs(columns)
	low, bound := false, false
	for i := range r.Levels {
		row, marked := rowOf(&r.Levels[i])
		t.AppendRow(row)
		low, bound = low || marked, bound || r.Levels[i].ClientLimited
	}
	out := r.Name + "\n" + t.Render() + "\n"
	if low {
		out += "  " + lowConfidence + " fewer than 10 requests lie beyond this percentile\n"
	}
	if bound {
		out += "  " + limited + ": by this client, not by the target\n"
	}
	_, err := io.WriteString(w, out)
	return err
}

func tableStyle() table.Style {
	s := table.StyleDefault
	s.Box = table.BoxStyle{PaddingLeft: "  ", MiddleHorizontal: "-", MiddleSeparator: "-"}
	s.Format.Header = text.FormatDefault
	s.Options = table.Options{SeparateHeader: true}
	return s
}

func rowOf(l *result.Level) (table.Row, bool) {
	low := false
	q := func(key string, p float64) string {
		v, ok := l.Quantile(key, p)
		if !ok {
			return "-"
		}
		if v.LowConfidence {
			low = true
			return lowConfidence + number(v.Value)
		}
		return number(v.Value)
	}
	v := func(key string) string {
		x, ok := l.Value(key)
		if !ok {
			return "-"
		}
		return number(x)
	}
	flight := "-"
	if l.EffectiveConcurrency > 0 {
		flight = number(l.EffectiveConcurrency)
	}
	row := table.Row{
		levelName(l), strconv.Itoa(l.Requests), strconv.Itoa(l.Errors),
		q(keyTTFT, 50), q(keyTTFT, 90), q(keyTTFT, 99), q(keyITL, 50), q(keyITL, 99),
		v(keyRequestRate), v(keyOutputRate), v(keyUserRate), flight, stateOf(l),
	}
	return row, low
}

// levelName is the name of a level with its repeat, counted from 1, where it
// is not the first.
func levelName(l *result.Level) string {
	if l.Repeat > 0 {
		return fmt.Sprintf("%s #%d", l.Name, l.Repeat+1)
	}
	return l.Name
}

func stateOf(l *result.Level) string {
	if l.ClientLimited {
		return string(l.State) + ", " + limited
	}
	return string(l.State)
}
