package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/result"
)

// DefaultBin is the width of a timeline's bins.
const DefaultBin = 500 * time.Millisecond

// Timeline is one level over its own time, in bins: how much of the prompts the
// caches held, what failed, and what was done to the target meanwhile. Times
// count from the level's first measured send.
type Timeline struct {
	Title  string
	Bin    time.Duration
	Bins   []TimeBin
	Events []TimeEvent
}

// TimeBin is one stretch of a Timeline.
type TimeBin struct {
	Start time.Duration
	Sent  int // requests sent in it
	// Input and Cached are the prompt tokens of the requests sent in it whose
	// server told how many it had cached, and those that it had.
	Input, Cached int
	Failed        map[record.Outcome]int // requests that failed in it, whenever they were sent
}

// HitRate is the share of the prompt tokens of the bin that were cached, 0 to 1;
// false where no request of it tells.
func (b TimeBin) HitRate() (float64, bool) {
	return float64(b.Cached) / float64(max(b.Input, 1)), b.Input > 0
}

// Errors is the number of requests that failed in the bin.
func (b TimeBin) Errors() int {
	n := 0
	for _, k := range b.Failed {
		n += k
	}
	return n
}

// TimeEvent is an event on a timeline: from At on, done by Done.
type TimeEvent struct {
	At, Done time.Duration
	Label    string // "crash engine-1"
	Failed   bool   // it could not be done
}

// NewTimeline sorts the measured records of a level into bins of the given
// width, 0: DefaultBin. Its error is the first of the records'; no record is an
// empty timeline.
func NewTimeline(records iter.Seq2[record.Record, error], events []result.Event, bin time.Duration) (Timeline, error) {
	t := Timeline{Bin: bin}
	if t.Bin <= 0 {
		t.Bin = DefaultBin
	}
	var kept []record.Record
	for r, err := range records {
		if err != nil {
			return t, fmt.Errorf("timeline: %w", err)
		}
		if r.Phase == record.Measured && r.Sent > 0 {
			r.Gaps, r.TokenGaps = record.Gaps{}, record.Gaps{} // much, and of no use here
			kept = append(kept, r)
		}
	}
	if len(kept) == 0 {
		return t, nil
	}
	start, end := int64(math.MaxInt64), int64(0)
	for i := range kept {
		start, end = min(start, kept[i].Sent), max(end, kept[i].End, kept[i].Sent)
	}
	t.Bins = make([]TimeBin, (end-start)/int64(t.Bin)+1)
	for i := range t.Bins {
		t.Bins[i] = TimeBin{Start: time.Duration(i) * t.Bin, Failed: map[record.Outcome]int{}}
	}
	for i := range kept {
		t.put(&kept[i], start)
	}
	for _, e := range events {
		at := time.Duration(e.At - start)
		t.Events = append(t.Events, TimeEvent{At: at, Done: at + time.Duration(e.Took), Label: e.Label(), Failed: e.Error != ""})
	}
	return t, nil
}

func (t *Timeline) put(r *record.Record, start int64) {
	b := &t.Bins[(r.Sent-start)/int64(t.Bin)]
	b.Sent++
	if r.OK() && r.HasCached && r.Input > 0 {
		b.Input += r.Input
		b.Cached += min(r.Cached, r.Input)
	}
	if r.Outcome.Failed() {
		t.Bins[(max(r.End, r.Sent)-start)/int64(t.Bin)].Failed[r.Outcome]++
	}
}

// kinds are the outcomes that occur among the failures, in their order.
func (t Timeline) kinds() []record.Outcome {
	return slices.DeleteFunc(record.Outcomes(), func(o record.Outcome) bool {
		return !slices.ContainsFunc(t.Bins, func(b TimeBin) bool { return b.Failed[o] > 0 })
	})
}

// CSV is a line a bin: start in seconds, requests sent, prompt tokens, cached
// ones, hit rate (empty where there is none), failures, and of each kind; the
// last column names the events that began in the bin.
func (t Timeline) CSV() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	kinds := t.kinds()
	head := []string{"start_s", "sent", "input_tokens", "cached_tokens", "hit_rate", "failed"}
	for _, k := range kinds {
		head = append(head, k.String())
	}
	_ = w.Write(append(head, "events")) // a buffer takes everything
	for i, bin := range t.Bins {
		rate := ""
		if v, ok := bin.HitRate(); ok {
			rate = strconv.FormatFloat(v, 'f', 4, 64)
		}
		line := []string{strconv.FormatFloat(bin.Start.Seconds(), 'f', -1, 64), strconv.Itoa(bin.Sent), strconv.Itoa(bin.Input), strconv.Itoa(bin.Cached), rate, strconv.Itoa(bin.Errors())}
		for _, k := range kinds {
			line = append(line, strconv.Itoa(bin.Failed[k]))
		}
		_ = w.Write(append(line, t.begun(i)))
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// begun names the events that began in bin i.
func (t Timeline) begun(i int) string {
	text := ""
	for _, e := range t.Events {
		if e.At/t.Bin == time.Duration(i) && e.At >= 0 {
			if text != "" {
				text += "; "
			}
			text += e.Label
		}
	}
	return text
}
