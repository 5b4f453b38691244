package live

import (
	"fmt"
	"strings"
	"time"
)

// snapshot is what is known of a level at one moment.
type snapshot struct {
	measured, failed, inFlight int64
	warming                    bool
	elapsed                    time.Duration
	left                       time.Duration // -1: unknown
	rate                       float64       // successful requests a second; 0: unknown
	ttft                       time.Duration // p50; 0: unknown
}

func (b *Bar) now() snapshot {
	s := snapshot{measured: b.measured.Load(), failed: b.failed.Load(), elapsed: time.Since(b.began), left: -1}
	ended := b.ended.Load()
	s.inFlight = max(b.sent.Load()-ended, 0)
	s.warming = s.measured == 0 && ended > 0
	s.ttft, _ = b.ttft.median()
	if span := float64(b.last.Load() - b.first.Load()); s.measured > 0 && span > 0 {
		s.rate = float64(s.measured-s.failed) / (span / 1e9)
		if b.planned > 0 {
			s.left = time.Duration(float64(max(int64(b.planned)-s.measured, 0)) / float64(s.measured) * span)
		}
	}
	if byTime := max(b.limit-s.elapsed, 0); b.limit > 0 && (s.left < 0 || byTime < s.left) {
		s.left = byTime
	}
	return s
}

// fraction is how much of the level is done, by requests or by time, whichever
// is further.
func (b *Bar) fraction() float64 {
	f := 0.0
	if b.planned > 0 {
		f = float64(b.measured.Load()) / float64(b.planned)
	}
	if b.limit > 0 {
		f = max(f, float64(time.Since(b.began))/float64(b.limit))
	}
	return min(f, 1)
}

func (b *Bar) count(measured int64) string {
	if b.planned > 0 {
		return fmt.Sprintf("%d/%d", measured, b.planned)
	}
	return fmt.Sprint(measured)
}

// flight is the number of requests in flight, of those that a closed loop keeps.
func (b *Bar) flight(s snapshot) []string {
	switch {
	case b.sent.Load() == 0:
		return nil
	case b.concurrency > 0:
		return []string{fmt.Sprintf("%d/%d in flight", s.inFlight, b.concurrency)}
	}
	return []string{fmt.Sprintf("%d in flight", s.inFlight)}
}

// short is the text beside a bar: about 55 characters.
func (b *Bar) short() string {
	s := b.now()
	parts := []string{b.count(s.measured), clock(s.elapsed)}
	if s.left >= 0 {
		parts[1] += " eta " + clock(s.left)
	}
	if s.warming {
		parts = append(parts, "warm-up")
	}
	parts = append(parts, b.flight(s)...)
	if s.rate > 0 {
		parts = append(parts, brief(s.rate)+"/s")
	}
	if s.ttft > 0 {
		parts = append(parts, "ttft "+milliseconds(s.ttft)+"ms")
	}
	if s.failed > 0 {
		parts = append(parts, fmt.Sprintf("%d err", s.failed))
	}
	return strings.Join(parts, "  ")
}

// line is the line of a level that goes on.
func (b *Bar) line() string {
	s := b.now()
	parts := []string{b.count(s.measured) + " requests", clock(s.elapsed) + " elapsed"}
	if s.left >= 0 {
		parts = append(parts, clock(s.left)+" left")
	}
	if s.warming {
		parts = append(parts, "warm-up")
	}
	parts = append(parts, b.flight(s)...)
	return b.name + "  " + strings.Join(append(parts, s.figures()...), ", ")
}

func (s snapshot) figures() []string {
	var parts []string
	if s.rate > 0 {
		parts = append(parts, brief(s.rate)+" req/s")
	}
	if s.ttft > 0 {
		parts = append(parts, "TTFT p50 "+milliseconds(s.ttft)+" ms")
	}
	if s.failed > 0 {
		parts = append(parts, fmt.Sprintf("%d errors", s.failed))
	}
	return parts
}

// finalLine is what stays of a level.
func (b *Bar) finalLine(state, summary string) string {
	s := b.now()
	if summary == "" {
		summary = strings.Join(append([]string{fmt.Sprintf("%d requests", s.measured)}, s.figures()...), ", ")
	}
	return fmt.Sprintf("%s  %s in %s  %s", b.name, state, clock(s.elapsed), summary)
}

// clock writes a time as 0:05, 12:34 or 1:02:03.
func clock(d time.Duration) string {
	s := int64(d.Round(time.Second) / time.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

func milliseconds(d time.Duration) string { return brief(float64(d) / 1e6) }

// brief is a number with three digits or more.
func brief(v float64) string {
	switch {
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}
