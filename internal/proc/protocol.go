package proc

import (
	"crypto/rand"
	"encoding/hex"
	"time"
)

// What a supervisor and its starter say to each other: commands as lines on the
// supervisor's standard input, whose end means stop, and messages as lines of
// JSON on its standard output, whose end means that it is gone.

// superviseEnv holds the order, as JSON, and makes a process a supervisor.
const superviseEnv = "DYNBENCH_SUPERVISE"

// markEnv marks every process below a supervisor, and the supervisor, so that
// they are found when it was killed.
const markEnv = "DYNBENCH_PROC"

const (
	cmdStop = "stop" // SIGTERM, then SIGKILL after the grace
	cmdKill = "kill" // SIGKILL now
)

// order is what a supervisor has to know besides the command line, which is its
// own command line after the first word.
type order struct {
	Dir    string        `json:"dir,omitempty"`
	Grace  time.Duration `json:"grace"`
	Remove []string      `json:"remove,omitempty"`
	Sweep  Sweep         `json:"sweep,omitzero"`
}

// message is one line from the supervisor; one of its fields is set.
type message struct {
	Started *int   `json:"started,omitempty"` // process id, 0 without a process
	Error   string `json:"error,omitempty"`   // it could not be started
	Exit    *exit  `json:"exit,omitempty"`
	Forced  string `json:"forced,omitempty"` // what took force, or what is left
	Ended   bool   `json:"ended,omitempty"`  // nothing more to do: the last message
}

// exit is how the process ended.
type exit struct {
	Code   int    `json:"code"`
	Signal string `json:"signal,omitempty"`
}

// startedMsg is the first message.
type startedMsg struct{ err error }

func newToken() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
