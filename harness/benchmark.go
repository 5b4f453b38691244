package harness

import (
	"context"
	"errors"
	"fmt"

	"github.com/dynbench/dynbench/harness/result"
)

// Benchmark is a benchmark with steps of its own around the measurement: it
// prepares what it needs, measures, and looks at what came out. Sweeps that
// need no such steps are called directly.
type Benchmark interface {
	Setup(ctx context.Context) error
	Run(ctx context.Context) (*result.Run, error)
	Analyze(ctx context.Context, run *result.Run) error
}

// RunBenchmark takes b through its steps. What Run measured is analysed and
// returned also when it ended with an error. A Benchmark that has a method
// Teardown(context.Context) error is torn down whatever happened, also when ctx
// has ended by then.
func RunBenchmark(ctx context.Context, b Benchmark) (run *result.Run, err error) {
	if d, ok := b.(interface{ Teardown(context.Context) error }); ok {
		defer func() {
			if e := d.Teardown(context.WithoutCancel(ctx)); e != nil {
				err = errors.Join(err, fmt.Errorf("teardown: %w", e))
			}
		}()
	}
	if err := b.Setup(ctx); err != nil {
		return nil, fmt.Errorf("setup: %w", err)
	}
	run, err = b.Run(ctx)
	if err != nil {
		err = fmt.Errorf("run: %w", err)
	}
	if run == nil {
		return nil, err
	}
	if e := b.Analyze(ctx, run); e != nil {
		err = errors.Join(err, fmt.Errorf("analyse: %w", e))
	}
	return run, err
}
