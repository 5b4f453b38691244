package live

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// Config says where and how progress is shown.
type Config struct {
	// Out gets the progress; nil shows nothing. Errors of writing are ignored:
	// a run does not end because nobody watches it.
	Out io.Writer
	// Terminal draws bars; otherwise lines are written.
	Terminal bool
	// Every is the time between two lines, DefaultEvery if 0.
	Every time.Duration
	// Width is the width of the bars where Out is no terminal that can be asked
	// for it; 80 if 0.
	Width int
}

// DefaultEvery is the time between two lines of a level.
const DefaultEvery = 5 * time.Second

// refresh is the time between two drawings on a terminal: often enough to look
// alive, seldom enough to cost nothing.
const refresh = 250 * time.Millisecond

// View shows the levels of a run. A nil View shows nothing.
type View struct {
	cfg    Config
	mu     sync.Mutex
	bars   *mpb.Progress // while a level is drawn
	active int
}

// New makes a View. It starts nothing: goroutines live from Level to Done.
func New(cfg Config) *View {
	if cfg.Every <= 0 {
		cfg.Every = DefaultEvery
	}
	return &View{cfg: cfg}
}

// Level begins to show a level: its name, its concurrency (0: open loop), the
// number of measured requests planned (0: bounded by time) and its time limit
// (0: bounded by requests). The Bar must be ended by Done.
func (v *View) Level(name string, concurrency, planned int, limit time.Duration) *Bar {
	if v == nil || v.cfg.Out == nil {
		return nil
	}
	b := &Bar{name: name, concurrency: concurrency, planned: planned, limit: limit, began: time.Now(), view: v}
	if v.cfg.Terminal {
		v.drawBar(b)
		return b
	}
	b.stop, b.stopped = make(chan struct{}), make(chan struct{})
	go v.writeLines(b)
	return b
}

// Println writes a line above the bars.
func (v *View) Println(line string) {
	if v == nil || v.cfg.Out == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.println(line)
}

func (v *View) println(line string) {
	line = strings.ReplaceAll(line, "\n", " ") + "\n"
	if v.bars != nil {
		_, _ = io.WriteString(v.bars, line)
		return
	}
	_, _ = io.WriteString(v.cfg.Out, line)
}

func (v *View) writeLines(b *Bar) {
	defer close(b.stopped)
	tick := time.NewTicker(v.cfg.Every)
	defer tick.Stop()
	for {
		select {
		case <-b.stop:
			return
		case <-tick.C:
			v.Println(b.line())
		}
	}
}

func (v *View) drawBar(b *Bar) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.bars == nil {
		v.bars = mpb.New(mpb.WithOutput(v.cfg.Out), mpb.WithWidth(v.cfg.Width), mpb.ForceTTY(), mpb.WithAutoRefresh(), mpb.WithRefreshRate(refresh))
	}
	v.active++
	b.drawn = v.bars.New(0, fill{b},
		mpb.PrependDecorators(decor.Name(b.name)),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return b.short() })))
}

// end takes the bar away and writes its last line.
func (v *View) end(b *Bar, line string) {
	if b.drawn == nil {
		close(b.stop)
		<-b.stopped
		v.Println(line)
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	b.drawn.Abort(true)
	if v.active--; v.active == 0 {
		v.bars.Wait()
		v.bars = nil
	}
	v.println(line)
}

// fill draws the bar itself.
type fill struct{ bar *Bar }

// Build makes fill a mpb.BarFillerBuilder.
func (f fill) Build() mpb.BarFiller { return f }

// Fill draws [====>   ] in the width that is left.
func (f fill) Fill(w io.Writer, s decor.Statistics) error {
	room := min(s.AvailableWidth, 40) - 2
	if room < 3 {
		return nil
	}
	full := int(f.bar.fraction() * float64(room))
	head := ""
	if full < room {
		head = ">"
	}
	_, err := fmt.Fprintf(w, "[%s%s%s]", strings.Repeat("=", full), head, strings.Repeat(" ", room-full-len(head)))
	return err
}
