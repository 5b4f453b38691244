package proc

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// launch starts the supervisor of s and the goroutine that listens to it.
func (p *Process) launch(s Spec) error {
	text, err := json.Marshal(order{Dir: s.Dir, Grace: s.Grace, Remove: s.Remove, Sweep: s.Sweep})
	if err != nil {
		return err
	}
	self, err := executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self)
	cmd.Args = []string{"dynbench-supervisor"}
	if s.Path != "" {
		cmd.Args = append(append(cmd.Args, s.Path), s.Args...)
	}
	cmd.Env = append(append(os.Environ(), s.Env...),
		superviseEnv+"="+string(text), markEnv+"="+p.mark,
		"SPT_NOENV=1") // programs that set their title, as vLLM does, overwrite the mark without it
	cmd.Stderr = p.log.file // the process inherits it, so nothing stands between it and its log
	cmd.SysProcAttr = ownSession()
	if p.commands, err = cmd.StdinPipe(); err != nil {
		return err
	}
	messages, err := cmd.StdoutPipe()
	if err != nil {
		return errors.Join(err, p.commands.Close())
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p.cmd = cmd
	go p.listen(messages)
	return nil
}

// listen takes the supervisor's messages until it is gone, and sees that
// nothing remains of its tree.
func (p *Process) listen(messages io.Reader) {
	defer close(p.done)
	ended, begun := false, false
	dec := json.NewDecoder(bufio.NewReader(messages))
	for {
		var m message
		if dec.Decode(&m) != nil {
			break
		}
		switch {
		case m.Started != nil:
			begun = true
			p.mu.Lock()
			p.pid = *m.Started
			p.mu.Unlock()
			p.started <- startedMsg{}
		case m.Error != "":
			begun = true
			p.started <- startedMsg{errors.New(m.Error)}
		case m.Exit != nil:
			p.die(&ExitError{Name: p.name, Code: m.Exit.Code, Signal: m.Exit.Signal, Lines: p.log.lines()})
		case m.Forced != "":
			p.mu.Lock()
			p.forced = m.Forced
			p.mu.Unlock()
		case m.Ended:
			ended = true
		}
	}
	_, _ = io.Copy(io.Discard, messages) // a supervisor that talks nonsense must not block
	err := p.cmd.Wait()
	if ended {
		return
	}
	err = errors.Join(fmt.Errorf("the supervisor of %s ended before it (%v)", p.name, err),
		sweepMarked(p.cmd.Process.Pid, p.mark))
	if !begun {
		p.started <- startedMsg{fmt.Errorf("%w; it said: %s", err, p.log.lines())}
	}
	p.mu.Lock()
	if p.stopping && p.forced == "" {
		p.forced = err.Error()
	}
	p.mu.Unlock()
	p.die(err)
}

// die records the end of a process that nobody stopped; the first reason counts.
func (p *Process) die(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopping || p.err != nil {
		return
	}
	p.err = err
	p.exited <- err
	close(p.exited)
	close(p.died)
}
