package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"github.com/dynbench/dynbench/fixtures/reference"
)

func main() {
	if reference.IsChild() { // the server of doctor --calibrate
		os.Exit(reference.RunChild())
	}
	ctx := untilSignal(context.Background(), func(code int) { os.Exit(code) })
	fd := int(os.Stderr.Fd())
	width, _, _ := term.GetSize(fd)
	os.Exit(Main(ctx, Process{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		LookupEnv: os.LookupEnv, Terminal: term.IsTerminal(fd) && width > 0, Width: width,
	}))
}

// untilSignal ends the context at the first SIGINT or SIGTERM, with an
// Interrupt as its cause, and the process at the second.
func untilSignal(parent context.Context, exit func(code int)) context.Context {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		first := Interrupt{<-signals}
		fmt.Fprintf(os.Stderr, "dynbench: %v; a second signal ends at once\n", first)
		cancel(first)
		exit(Interrupt{<-signals}.code())
	}()
	return ctx
}
