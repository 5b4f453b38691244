package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/dynbench/dynbench/harness/live"
)

// newLog writes one line a message above the progress.
func newLog(view *live.View, verbose bool) *slog.Logger {
	level := slog.LevelWarn
	if verbose {
		level = slog.LevelDebug
	}
	return slog.New(lines{view: view, level: level})
}

// lines is a slog.Handler for people: no time, no quotes.
type lines struct {
	view  *live.View
	level slog.Level
	attrs string
}

func (h lines) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

func (h lines) Handle(_ context.Context, r slog.Record) error {
	text := "dynbench: "
	if r.Level >= slog.LevelWarn {
		text += "warning: "
	}
	text += r.Message + h.attrs
	r.Attrs(func(a slog.Attr) bool { text += attr(a); return true })
	h.view.Println(text)
	return nil
}

func (h lines) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		h.attrs += attr(a)
	}
	return h
}

func (h lines) WithGroup(string) slog.Handler { return h }

func attr(a slog.Attr) string { return fmt.Sprintf(", %s %v", a.Key, a.Value) }
