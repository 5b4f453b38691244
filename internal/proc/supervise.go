package proc

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"time"
)

// init turns a process that Start made into a supervisor, before anything else
// of the program runs. In any other process it looks at one variable. It runs
// on the main thread, on whose end the death signal of the child depends.
func init() {
	if text, ok := os.LookupEnv(superviseEnv); ok {
		os.Exit(superviseMain(text))
	}
}

// killEvery is how often SIGKILL goes to what is left, and killFor how long.
const (
	killEvery = 10 * time.Millisecond
	killFor   = 10 * time.Second
)

// superviseMain supervises one process to its end.
func superviseMain(text string) int {
	s := supervisor{out: json.NewEncoder(os.Stdout), orphaned: make(chan struct{})}
	if err := json.Unmarshal([]byte(text), &s.order); err != nil {
		s.say(message{Error: fmt.Sprintf("%s: %v", superviseEnv, err)})
		return 1
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, endSignals()...)
	commands := make(chan string)
	go s.readCommands(commands)
	switch err := s.start(os.Args[1:]); {
	case err != nil:
		s.say(message{Error: err.Error()})
	case len(os.Args) == 1: // nothing but a sweep
		select {
		case <-commands:
		case <-signals:
		}
	default:
		s.run(commands, signals)
		s.tree.clear()
	}
	s.clearUp()
	s.say(message{Ended: true})
	return 0
}

// readCommands hands on commands; the end of the input, which is that of the
// starter, is "stop".
func (s *supervisor) readCommands(to chan<- string) {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		to <- in.Text()
	}
	close(s.orphaned)
	to <- cmdStop
}

// clearUp removes what the process leaves besides processes.
func (s *supervisor) clearUp() {
	if err := s.order.Sweep.do(context.Background()); err != nil {
		s.say(message{Forced: err.Error()})
	}
	select {
	case <-s.orphaned:
		// Of supervisors of the same starter that were killed with it.
		ctx, cancel := context.WithTimeout(context.Background(), killFor)
		defer cancel()
		_, _ = EndOrphans(ctx) // nobody is left to hear of it; who comes next tries again
		for _, name := range s.order.Remove {
			_ = os.RemoveAll(name)
		}
	default:
	}
}

// supervisor is the state of this process as a supervisor.
type supervisor struct {
	order order
	out   *json.Encoder
	tree  tree

	orphaned chan struct{} // closed when the starter has ended

	ending bool
	grace  <-chan time.Time // SIGKILL is due
	wide   <-chan time.Time // SIGTERM is due for the whole tree
	kill   <-chan time.Time // SIGKILL is due again
	giveUp time.Time
}

// say writes a message. A starter that is gone does not hear it.
func (s *supervisor) say(m message) { _ = s.out.Encode(m) }

// start runs the command line; an empty one is no process.
func (s *supervisor) start(line []string) error {
	if len(line) == 0 {
		s.say(message{Started: new(int)})
		return nil
	}
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Dir = s.order.Dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, superviseEnv+"=") })
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := s.tree.start(cmd); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w (the interpreter of its first line, or its loader, is missing)", err)
	} else if err != nil {
		return err
	}
	s.say(message{Started: &cmd.Process.Pid})
	return nil
}

// run returns when the tree is gone, or cannot be ended.
func (s *supervisor) run(commands <-chan string, signals <-chan os.Signal) {
	for {
		select {
		case e := <-s.tree.exit:
			s.say(message{Exit: &e})
			s.end()
			s.tree.terminate(true)
		case c := <-commands:
			if s.stop(); c == cmdKill {
				s.killNow("killed")
			}
		case sig := <-signals:
			if !ignored(sig) {
				s.stop()
			}
		case <-s.wide:
			s.tree.terminate(true)
		case <-s.grace:
			s.killNow(fmt.Sprintf("killed %s after SIGTERM", s.order.Grace))
		case <-s.kill:
			if time.Now().After(s.giveUp) {
				s.say(message{Forced: fmt.Sprintf("cannot be killed: processes %v", s.tree.left())})
				return
			}
			s.tree.kill()
		case <-s.tree.gone:
			select {
			case e := <-s.tree.exit: // both are due after a short life
				s.say(message{Exit: &e})
			default:
			}
			return
		}
	}
}

// stop asks the process, and it alone, to end.
func (s *supervisor) stop() {
	if s.ending {
		return
	}
	s.end()
	s.wide = time.After(s.order.Grace / 3)
	s.tree.terminate(false)
}

// end starts the grace.
func (s *supervisor) end() {
	if s.ending {
		return
	}
	s.ending = true
	s.grace = time.After(s.order.Grace)
}

func (s *supervisor) killNow(why string) {
	if s.kill != nil {
		return
	}
	s.say(message{Forced: why})
	s.grace, s.wide = nil, nil
	s.kill, s.giveUp = time.NewTicker(killEvery).C, time.Now().Add(killFor)
	s.tree.kill()
}
