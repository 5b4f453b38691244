// Package proc runs processes that cannot outlive this one.
//
// Each process has a supervisor: this program once more, which the package's
// init catches before main. The supervisor has a session of its own, so that
// Ctrl-C does not reach it, and holds the read end of a pipe. However this
// process ends (return, panic, os.Exit, a signal, SIGKILL), the pipe closes,
// and the supervisor ends the whole tree below it: SIGTERM, then SIGKILL. On
// Linux it is a child subreaper, so that descendants that have left their
// session and parent are still below it; a supervisor that is itself killed
// takes its process along (PR_SET_PDEATHSIG), and what is then left is found by
// a mark in its environment: by this process, or if that was killed as well, by
// another supervisor of it or by the next call of EndOrphans. Files of shared
// memory that the killed ones had made are removed. Other systems end
// the process group (Unix) or the process tree (Windows).
//
// The package promises nothing to other modules.
package proc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// DefaultGrace is how long a process gets from SIGTERM to SIGKILL.
const DefaultGrace = 30 * time.Second

// killWait is how long a supervisor gets to end what it was told to kill.
const killWait = 15 * time.Second

// Spec says what to run. Only Path is needed; and not even that by a Spec with
// Remove or Sweep, whose supervisor has no process and only clears up.
type Spec struct {
	Name    string        // for messages: "engine-1 (python -m dynamo.vllm)" [Path's last element]
	Path    string        // the binary, looked up on PATH if it has no slash
	Args    []string      // its arguments, without its name
	Env     []string      // KEY=VALUE, added to what this process has
	Dir     string        // working folder [this process's]
	LogFile string        // gets stdout and stderr, appended [a file without a name, gone with Stop]
	Grace   time.Duration // from SIGTERM to SIGKILL; a third of it is for the process alone, the rest for its tree [DefaultGrace]

	// Remove are files and folders that the supervisor removes when this process
	// has ended without Stop; after a Stop they are the caller's.
	Remove []string
	// Sweep is done when the supervisor ends, for whatever reason.
	Sweep Sweep
}

func (s Spec) withDefaults() (Spec, error) {
	if s.Grace <= 0 {
		s.Grace = DefaultGrace
	}
	if s.Path == "" {
		s.Name = cmp.Or(s.Name, "clearing up")
		if s.Sweep.Label == "" && len(s.Remove) == 0 {
			return s, errors.New("no binary is named")
		}
		return s, nil
	}
	s.Name = cmp.Or(s.Name, filepath.Base(s.Path))
	path, err := exec.LookPath(s.Path)
	if err != nil {
		return s, err // names the binary
	}
	if s.Path, err = filepath.Abs(path); err != nil {
		return s, err
	}
	if s.Dir != "" {
		_, err = os.Stat(s.Dir) // a failing chdir would be reported as that of the binary
	}
	return s, err
}

// Process is a running process with its supervisor. Its methods are safe for
// concurrent use. Stop must be called, for a process that has ended too.
type Process struct {
	name     string
	mark     string    // that its tree carries
	cmd      *exec.Cmd // the supervisor
	commands io.WriteCloser
	log      *tail

	started chan startedMsg // gets one message
	exited  chan error
	died    chan struct{} // closed when it ended without Stop
	done    chan struct{} // closed when the supervisor is gone

	mu       sync.Mutex
	pid      int
	stopping bool
	err      error  // why it died
	forced   string // what the supervisor says of an end by force

	stop    sync.Once
	stopErr error
}

// Start runs s under a supervisor and returns when the binary has been
// executed. ctx bounds the start only. An error names the binary: it is not
// there, cannot be executed, or its folder or log file cannot be used.
func Start(ctx context.Context, s Spec) (*Process, error) {
	s, err := s.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", s.Name, err)
	}
	p := &Process{
		name: s.Name, mark: newMark(),
		started: make(chan startedMsg, 1), exited: make(chan error, 1),
		died: make(chan struct{}), done: make(chan struct{}),
	}
	if p.log, err = openTail(s.LogFile); err != nil {
		return nil, fmt.Errorf("start %s: log: %w", s.Name, err)
	}
	if err := p.launch(s); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: supervisor: %w", s.Name, err), p.log.close())
	}
	select {
	case msg := <-p.started:
		err = msg.err
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err != nil {
		killed, cancel := context.WithCancel(context.WithoutCancel(ctx))
		cancel()
		_ = p.Stop(killed)
		return nil, fmt.Errorf("start %s: %w", s.Name, err)
	}
	return p, nil
}

// PID is the process's, not its supervisor's; 0 if there is none.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pid
}

// Exited is closed, after at most one error, when the process ended without
// Stop. The error is an *ExitError unless the supervisor was killed.
func (p *Process) Exited() <-chan error { return p.exited }

// Died is closed when the process ended without Stop; Err says why.
func (p *Process) Died() <-chan struct{} { return p.died }

// Err is what Exited gets, for any number of callers; nil while it runs and
// after it was stopped.
func (p *Process) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// Log returns the last lines that the process wrote, at most KeptLines, oldest
// first, as Plain text; the log file has them as they were written.
func (p *Process) Log() string { return p.log.lines() }

// Stop sends SIGTERM, then, when the grace or ctx is over, SIGKILL to all that
// is left of the process's tree, and returns when that is gone. An error says
// that it took force, or what is left. Stop is idempotent.
func (p *Process) Stop(ctx context.Context) error {
	p.stop.Do(func() {
		p.mu.Lock()
		p.stopping = true
		p.mu.Unlock()
		p.stopErr = errors.Join(p.end(ctx), p.log.close())
	})
	return p.stopErr
}

func (p *Process) end(ctx context.Context) error {
	p.tell(cmdStop)
	select {
	case <-p.done:
		return p.force("")
	case <-ctx.Done():
	}
	p.tell(cmdKill)
	timer := time.NewTimer(killWait)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
		_ = p.cmd.Process.Kill()
		<-p.done
	}
	return p.force("did not end in time: " + context.Cause(ctx).Error())
}

// force is the error of an end that took force.
func (p *Process) force(why string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.forced == "":
		return nil
	case why == "":
		return fmt.Errorf("%s: %s", p.name, p.forced)
	}
	return fmt.Errorf("%s %s; %s", p.name, why, p.forced)
}

// tell sends a command; a supervisor that is gone needs none.
func (p *Process) tell(command string) { _, _ = io.WriteString(p.commands, command+"\n") }
