package result

import (
	"encoding/json"
	"path/filepath"
	"runtime"
	"time"

	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/target"
)

// RunSchema is the schema of run.json.
const RunSchema = "bench.run/1"

// State is the state of a run.
type State string

// The states of a run. A run that was killed stays Running in its file until
// Finish makes it Interrupted.
const (
	Running     State = "running"
	Complete    State = "complete"
	Failed      State = "failed"
	Interrupted State = "interrupted"
)

// Run is one benchmark: one target, one workload, several levels of load. It
// is what run.json holds, plus what the files of its levels hold.
type Run struct {
	Schema  string    `json:"schema"` // RunSchema; "" for trees of other tools
	Name    string    `json:"name"`
	RunID   string    `json:"run_id"` // unique: a resumed run keeps it
	Tool    Tool      `json:"tool"`
	Started time.Time `json:"started,omitzero"`
	Ended   time.Time `json:"ended,omitzero"`
	State   State     `json:"state"`
	Reason  string    `json:"reason,omitempty"` // why failed or interrupted

	Target   TargetInfo   `json:"target"`
	Workload WorkloadInfo `json:"workload"`
	Load     LoadInfo     `json:"load"`
	Seed     int64        `json:"seed"`
	Salt     string       `json:"salt,omitempty"`

	Tokenizer         string `json:"tokenizer,omitempty"` // "approx", or a model's name or path
	TokenizerRevision string `json:"tokenizer_revision,omitempty"`
	TokenSource       string `json:"token_source,omitempty"` // of output tokens: usage, tokenizer, chunks, mixed
	StampSource       string `json:"stamp_source,omitempty"` // kernel, user, mixed

	// Goodput are the limits that make a request good, by metric key, each in
	// the unit of its metric; nil if none were given.
	Goodput map[string]float64 `json:"goodput,omitempty"`

	// Fingerprint names what was measured and how; levels of two fingerprints
	// never share a folder. Seed and salt are no part of it.
	Fingerprint string          `json:"fingerprint"`
	Config      json.RawMessage `json:"config,omitempty"` // whole configuration, secrets removed
	Command     string          `json:"command,omitempty"`
	Machine     Machine         `json:"machine"`

	Levels     []Level  `json:"levels"`
	Assertions Verdict  `json:"assertions"`
	Flat       bool     `json:"flat,omitempty"` // plots and SUMMARY lie in the run's folder, not beside it
	Warnings   []string `json:"warnings,omitempty"`

	// Set is the metrics of the run, for titles and units in files; the zero
	// value is metric.Standard.
	Set metric.Set `json:"-"`
	// Dir is the folder that the run was read from or is written to.
	Dir string `json:"-"`
	// Dialect says who wrote the folder: "dynbench", "aiperf", "genai-perf".
	Dialect string `json:"-"`
}

// Tool is the program that measured.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Commit  string `json:"commit,omitempty"`
}

// TargetInfo is what was measured. GPUs is 0 where unknown.
type TargetInfo struct {
	URL           string            `json:"url"` // without user info
	Model         string            `json:"model"`
	GPUs          int               `json:"gpus,omitempty"`
	GPUsSource    string            `json:"gpus_source,omitempty"`
	Engine        string            `json:"engine,omitempty"` // "vllm"; as the server or the topology names it
	EngineVersion string            `json:"engine_version,omitempty"`
	Speedup       float64           `json:"speedup,omitempty"` // of a simulated engine; 0 and 1: true speed
	Labels        map[string]string `json:"labels,omitempty"`
	Parts         []target.PartInfo `json:"parts,omitempty"`
}

// WorkloadInfo is what was asked. Lengths are tokens, 0 where it says nothing
// about them.
type WorkloadInfo struct {
	Kind    string         `json:"kind"` // "synthetic", "trace", "prefix", ...
	ISL     float64        `json:"isl,omitempty"`
	ISLStd  float64        `json:"isl_std,omitempty"`
	OSL     float64        `json:"osl,omitempty"`
	OSLStd  float64        `json:"osl_std,omitempty"`
	Prompts int            `json:"prompts,omitempty"` // distinct prompts; 0: each request has its own
	Files   []File         `json:"files,omitempty"`
	Params  map[string]any `json:"params,omitempty"` // what else defines it
}

// File is an input file with the hash of its content.
type File struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
}

// LoadInfo is how it was asked.
type LoadInfo struct {
	Kind     string    `json:"kind"`               // "concurrency", "rate", "trace"
	Levels   []float64 `json:"levels,omitempty"`   // planned, in order
	Requests string    `json:"requests,omitempty"` // rule or number, "max(10,3c)"
	Duration string    `json:"duration,omitempty"` // "30s"
	Warmup   string    `json:"warmup,omitempty"`   // rule or number, "c"
	Repeats  int       `json:"repeats,omitempty"`
	Arrival  string    `json:"arrival,omitempty"` // of open loops, "poisson"
}

// Machine is where the load came from.
type Machine struct {
	OS       string `json:"os,omitempty"`
	Arch     string `json:"arch,omitempty"`
	CPUs     int    `json:"cpus,omitempty"` // that this process may use
	CPUModel string `json:"cpu_model,omitempty"`
	Kernel   string `json:"kernel,omitempty"`
	Go       string `json:"go,omitempty"`
	Hostname string `json:"hostname,omitempty"`
}

// ThisMachine is what the Go runtime knows of this machine.
func ThisMachine() Machine {
	return Machine{OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.GOMAXPROCS(0), Go: runtime.Version()}
}

// Tree is the folder of the plots and of the benchmarks that they compare: that
// above the run, or the run's own if it is flat.
func (r *Run) Tree() string {
	if r.Flat {
		return r.Dir
	}
	return filepath.Dir(r.Dir)
}

// Level returns the first level, of any repeat, with that name ("c50"), or nil.
func (r *Run) Level(name string) *Level {
	for i := range r.Levels {
		if r.Levels[i].Name == name {
			return &r.Levels[i]
		}
	}
	return nil
}

// Finished says that the run is over, in whatever state.
func (r *Run) Finished() bool { return r.State != Running && r.State != "" }
