package router

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/dynbench/dynbench/fixtures/engine"
	"github.com/dynbench/dynbench/fixtures/launch"
	"github.com/dynbench/dynbench/fixtures/part"
	"github.com/dynbench/dynbench/harness"
)

// Defaults of Launch, as the original benchmark has them.
const (
	DefaultWorkers   = 8
	DefaultModelPath = "deepseek-ai/DeepSeek-R1-Distill-Llama-8B"
)

// EngineKind is the engine that Launch starts.
type EngineKind string

// The engines, all as workers of Dynamo.
const (
	EngineVLLM   EngineKind = "vllm"
	EngineMocker EngineKind = "mocker"
	EngineTRTLLM EngineKind = "trtllm"
	EngineSGLang EngineKind = "sglang"
)

// Launch starts engines as workers of Dynamo, one process each with its own
// range of GPUs, its own port of KV events and its own log; mockers share one
// process. It is what the original benchmark's run_engines.sh does, with the
// readiness that it lacks. The zero value is eight vLLM workers.
type Launch struct {
	Kind           EngineKind // "": EngineVLLM
	Workers        int        // 0: DefaultWorkers
	ModelPath      string     // "": DefaultModelPath
	Model          string     // name that is served; "": as the path
	TensorParallel int        // 0: 1; a worker has TensorParallel*DataParallel GPUs
	DataParallel   int        // 0: 1
	Role           launch.Role
	GPUOffset      int
	Args           []string // for the engine, in place of defaults that they set too
	Etcd, NATS     string   // URLs; without etcd, discovery is by files below Dir
	Dir            string   // of logs and of discovery by files
	Timeout        time.Duration
	Log            *slog.Logger
}

// launchTimeout is how long engines may take that load weights.
const launchTimeout = 20 * time.Minute

func (l Launch) withDefaults() Launch {
	l.Kind = cmp.Or(l.Kind, EngineVLLM)
	l.Workers = cmp.Or(l.Workers, DefaultWorkers)
	l.ModelPath = cmp.Or(l.ModelPath, DefaultModelPath)
	l.Model = cmp.Or(l.Model, l.ModelPath)
	l.TensorParallel, l.DataParallel = cmp.Or(l.TensorParallel, 1), cmp.Or(l.DataParallel, 1)
	l.Timeout = cmp.Or(l.Timeout, launchTimeout)
	if l.Log == nil {
		l.Log = slog.New(slog.DiscardHandler)
	}
	return l
}

// Validate names everything that is wrong.
func (l Launch) Validate() error {
	l = l.withDefaults()
	var errs []error
	if l.Workers < 1 || l.TensorParallel < 1 || l.DataParallel < 1 || l.GPUOffset < 0 {
		errs = append(errs, fmt.Errorf("%d workers, tensor parallel %d, data parallel %d, GPU offset %d: want at least 1, 1, 1, 0",
			l.Workers, l.TensorParallel, l.DataParallel, l.GPUOffset))
	}
	if l.Dir == "" {
		errs = append(errs, errors.New("no folder for logs"))
	}
	_, err := l.provider()
	if err := errors.Join(append(errs, err, l.Role.Check())...); err != nil {
		return fmt.Errorf("%w: launch: %w", harness.ErrUsage, err)
	}
	return nil
}

// provider is that of one worker, or of all mockers.
func (l Launch) provider() (part.Provider, error) {
	c := engine.Launch{
		ModelPath: l.ModelPath, Model: l.Model, Role: l.Role, TensorParallel: l.TensorParallel, DataParallel: l.DataParallel,
		GPUOffset: l.GPUOffset, Args: l.Args,
	}
	switch l.Kind {
	case EngineVLLM:
		return engine.DynamoVLLM{Launch: c}, nil
	case EngineMocker:
		return engine.Mocker{Launch: c, Workers: l.Workers}, nil
	case EngineTRTLLM:
		return engine.TRTLLM{Launch: c}, nil
	case EngineSGLang:
		return engine.DynamoSGLang{Launch: c}, nil
	}
	return nil, fmt.Errorf("no engine %q: vllm, mocker, trtllm, sglang", l.Kind)
}

// String is the block of settings that is shown before the start.
func (l Launch) String() string {
	l = l.withDefaults()
	gpus := l.TensorParallel * l.DataParallel
	var b strings.Builder
	row := func(name string, format string, args ...any) {
		fmt.Fprintf(&b, "%-18s"+format+"\n", append([]any{name}, args...)...)
	}
	row("engine", "%s", l.Kind)
	row("role", "%s", cmp.Or(string(l.Role), "aggregated"))
	row("workers", "%d", l.Workers)
	row("model", "%s", l.ModelPath)
	row("tensor parallel", "%d", l.TensorParallel)
	row("data parallel", "%d", l.DataParallel)
	if l.Kind != EngineMocker {
		row("GPUs", "%d a worker, %d in all, %d to %d", gpus, gpus*l.Workers, l.GPUOffset, l.GPUOffset+gpus*l.Workers-1)
	}
	row("engine arguments", "%s", cmp.Or(strings.Join(l.Args, " "), "(defaults)"))
	row("etcd", "%s", cmp.Or(l.Etcd, "(none: discovery by files)"))
	row("NATS", "%s", cmp.Or(l.NATS, "(none: TCP and ZMQ)"))
	row("logs", "%s", l.Dir)
	return b.String()
}

// Engines are workers that run.
type Engines struct {
	parts []part.Part
	names []string
	dir   string
}

// Start brings all workers up and returns when each has said that it serves. If
// one does not, what was started is stopped, and the error names it with the
// last lines of its log.
func (l Launch) Start(ctx context.Context) (*Engines, error) {
	if err := l.Validate(); err != nil {
		return nil, err
	}
	l = l.withDefaults()
	p, err := l.provider()
	if err != nil {
		return nil, err
	}
	if err := p.Check(ctx); err != nil {
		return nil, fmt.Errorf("launch %s: %w", l.Kind, err)
	}
	n := l.Workers
	if _, ok := p.(part.Group); ok {
		n = 1
	}
	ctx, cancel := context.WithTimeoutCause(ctx, l.Timeout, fmt.Errorf("not ready within %s", l.Timeout))
	defer cancel()
	e := &Engines{parts: make([]part.Part, n), names: make([]string, n), dir: l.Dir}
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		e.names[i] = fmt.Sprintf("%s-%d", cmp.Or(string(l.Role), "engine"), i)
		all.Go(func() {
			if e.parts[i], errs[i] = l.startOne(ctx, p, e.names[i], i); errs[i] != nil {
				errs[i] = fmt.Errorf("start %s: %w", e.names[i], errs[i])
				cancel() // the others would wait for nothing
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		return nil, errors.Join(err, e.Stop(stop))
	}
	return e, nil
}

func (l Launch) startOne(ctx context.Context, p part.Provider, name string, i int) (part.Part, error) {
	dir := filepath.Join(l.Dir, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return p.Start(ctx, part.Env{
		Name: name, Index: i, Dir: dir, Etcd: l.Etcd, NATS: l.NATS, Model: l.Model,
		Log: l.Log.With("part", name), LogFile: filepath.Join(l.Dir, name+".log"), Artifacts: l.Dir,
	})
}

// Wait returns nil when ctx ends, or as soon as a worker has ended: with its
// name, how it ended, and the last lines of its log.
func (e *Engines) Wait(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel(nil)
	died := make(chan error, len(e.parts))
	for i, p := range e.parts {
		exited := p.Exited()
		if exited == nil {
			continue
		}
		all.Go(func() {
			select {
			case err := <-exited:
				if err == nil {
					err = errors.New("ended")
				}
				died <- fmt.Errorf("%s: %w", e.names[i], err)
			case <-ctx.Done():
			}
		})
	}
	select {
	case err := <-died:
		return err
	case <-ctx.Done():
		return nil
	}
}

// Stop ends all workers at once, politely within ctx, then by force.
func (e *Engines) Stop(ctx context.Context) error {
	errs := make([]error, len(e.parts))
	var all sync.WaitGroup
	for i, p := range e.parts {
		if p != nil {
			all.Go(func() {
				if err := p.Stop(ctx); err != nil {
					errs[i] = fmt.Errorf("stop %s: %w", e.names[i], err)
				}
			})
		}
	}
	all.Wait()
	return errors.Join(errs...)
}

// Describe writes where the workers are to be found.
func (e *Engines) Describe(w io.Writer) error {
	for i, p := range e.parts {
		url := cmp.Or(p.URL(), "on Dynamo's request plane")
		if _, err := fmt.Fprintf(w, "%-12s %s, log %s\n", e.names[i], url, filepath.Join(e.dir, e.names[i]+".log")); err != nil {
			return err
		}
	}
	return nil
}
