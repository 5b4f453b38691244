package client

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/workload"
)

// tally counts what one answer holds into its record.
type tally struct {
	rec       *record.Record
	keep      bool  // the text, for the reply
	hear      bool  // all that is said, for its tokens to be counted
	raw       bool  // the gaps in order
	lenient   bool  // judge as AIPerf does
	finished  bool  // a finish_reason came
	done      bool  // [DONE] came
	firstRead int   // of the first content event
	lastRead  int   // of the latest one
	tokens    int   // as the usage of the latest content event has it, -1: one had none
	pending   int64 // gaps that no token has been counted for yet
	reasoning int   // content events that are reasoning alone
	usage     []byte
	cached    int // as the timings of llama.cpp have it, -1 if they came not
	heard     record.Said
	fault     *failure
	form      form
	kind      string // the content type, where it is not that of a stream
}

func (t *tally) reset(rec *record.Record, keep bool, cfg *Config) {
	*t = tally{rec: rec, keep: keep, hear: cfg.Tokenizer != nil, raw: cfg.RawGaps, lenient: cfg.AIPerfCounting, cached: -1, usage: t.usage[:0], form: form{before: t.form.before[:0], after: t.form.after[:0]}}
}

// over says that nothing that comes later counts.
func (t *tally) over() bool { return t.done || t.fault != nil }

// event counts one event, which a read completed.
func (t *tally) event(ev event, a arrival) {
	switch {
	case t.over():
	case ev.fault:
		t.fail(ev.data, ev.note)
	case len(ev.data) == 0:
	case string(bytes.TrimSpace(ev.data)) == "[DONE]":
		t.done = true
	default:
		c, ok := t.form.scan(ev.data)
		if !ok {
			odd, err := decode(ev.data)
			if err != nil {
				t.rec.Defects++
				return
			}
			c = &odd
		}
		t.chunk(c, a)
	}
}

// stride counts the event at the start of b if it is like the one before, and
// returns its length; 0: event has to judge, or b holds no whole one.
func (t *tally) stride(b []byte, a arrival) int {
	if t.over() {
		return 0
	}
	n := t.form.stride(b)
	if n > 0 {
		t.chunk(&t.form.like, a)
	}
	return n
}

func (t *tally) fail(data, note []byte) {
	if len(data) == 0 {
		data = note
	}
	message, kind := complaint(data)
	if message == "" {
		message = "error event without a message"
	}
	t.fault = failed(record.StreamError, errors.New(message))
	t.fault.Type = kind
}

func (t *tally) chunk(c *chunk, a arrival) {
	if c.fault != nil && !t.lenient {
		t.fail(c.fault, nil)
		return
	}
	t.finished = t.finished || c.finish
	if c.usage != nil {
		t.usage = append(t.usage[:0], c.usage...)
	}
	if c.timings != nil && (c.finish || c.usage != nil) {
		t.cached = pick(objectOf(c.timings), "cache_n")
	}
	if c.nvext != nil {
		t.workers(c.nvext)
	}
	if !c.content() {
		return
	}
	t.stamp(a)
	t.grow(c.usage)
	switch {
	case !c.text && !c.tool:
		t.reasoning++
	case t.rec.FirstOutput == 0:
		t.rec.FirstOutput = a.at
	}
	if t.keep || t.hear {
		t.listen(c)
	}
}

// stamp puts the arrival of a content event into the record.
func (t *tally) stamp(a arrival) {
	rec := t.rec
	rec.ReceiveDelayMax = max(rec.ReceiveDelayMax, a.delay)
	if !a.kernel && a.read != t.lastRead {
		rec.Unstamped++
	}
	rec.Events++
	if rec.Events == 1 {
		rec.FirstToken, rec.Last, rec.ReceiveDelay = a.at, a.at, a.delay
		t.firstRead, t.lastRead = a.read, a.read
		return
	}
	if rec.Events == 2 {
		rec.SecondToken = a.at
	}
	gap := a.at - rec.Last
	t.pending += gap
	rec.Gaps.Add(gap)
	if t.raw {
		rec.Gaps.Raw = append(rec.Gaps.Raw, gap)
	}
	if a.read == t.lastRead {
		rec.Coalesced++
		rec.FirstShared = rec.FirstShared || a.read == t.firstRead
	}
	rec.Last, t.lastRead = a.at, a.read
}

// grow shares out the time since tokens were last counted among those that the
// latest content event brought, by the usage that came with it. Without one
// nobody knows, and then there are no gaps of tokens at all.
func (t *tally) grow(usage []byte) {
	if t.tokens < 0 {
		return
	}
	now := -1
	if usage != nil {
		now = completionTokens(usage)
	}
	got := now - t.tokens
	switch {
	case now < 0 || got < 0 || t.rec.Events == 1 && got == 0:
		t.tokens = -1
		t.rec.TokenGaps, t.rec.FirstTokens = record.Gaps{}, 0
		return
	case t.rec.Events == 1:
		t.rec.FirstTokens = got
	case got > 0:
		t.rec.TokenGaps.AddN(t.pending/int64(got), got)
		t.pending = 0
	}
	t.tokens = now
}

// stamped says where the arrivals were taken.
func (t *tally) stamped(p *passage) {
	switch {
	case !p.stamps:
		t.rec.Unstamped = 0
	case t.rec.Unstamped == 0:
		t.rec.Stamp = record.Kernel
	}
}

// workers reads who answered, as Dynamo says it once where asked.
func (t *tally) workers(nvext []byte) {
	if !bytes.Contains(nvext, []byte("worker_id")) {
		return
	}
	var v struct {
		Worker struct {
			Prefill uint64 `json:"prefill_worker_id"`
			Decode  uint64 `json:"decode_worker_id"`
		} `json:"worker_id"`
	}
	if json.Unmarshal(nvext, &v) == nil {
		t.rec.Prefill, t.rec.Decode = v.Worker.Prefill, v.Worker.Decode
	}
}

// count fills in the token counts: the server's where it gave them, else the
// workload's for the prompt and one a content event for the output, until
// Client.Count has counted what was said.
func (t *tally) count(req *workload.Request) {
	u, rec := usage{-1, -1, -1, -1}, t.rec
	if len(t.usage) > 0 {
		u = readUsage(t.usage)
	}
	if u.prompt >= 0 {
		rec.Input, rec.InputSource = u.prompt, record.Usage
	} else if req.InputTokens > 0 {
		rec.Input, rec.InputSource = req.InputTokens, record.Tokenizer
	}
	if u.cached < 0 {
		u.cached = t.cached
	}
	if u.cached >= 0 {
		rec.Cached, rec.HasCached = u.cached, true
	}
	// Some servers report no output while streaming: 0 for what has content.
	if u.completion > 0 || u.completion == 0 && rec.Events == 0 {
		rec.Reasoning = min(max(u.reasoning, 0), u.completion)
		rec.Output, rec.OutputSource = u.completion-rec.Reasoning, record.Usage
	} else if rec.Events > 0 {
		rec.Reasoning, rec.Output = t.reasoning, rec.Events-t.reasoning
		rec.OutputSource = record.Chunks
		if t.hear {
			said := t.heard
			rec.Said = &said
		}
	}
}

// verdict says how an answer failed that was read to its end; nil: it is whole.
func (t *tally) verdict() *failure {
	switch {
	case t.fault != nil:
		return t.fault
	case !t.finished && !t.done && !t.lenient:
		return failed(record.Truncated, errors.New("stream ended without finish_reason or [DONE]"+t.kind))
	case t.rec.Events == 0:
		return failed(record.Empty, errors.New("stream ended without content"))
	}
	return nil
}
