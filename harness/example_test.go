package harness_test

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"github.com/dynbench/dynbench/fixtures/engine"
	"github.com/dynbench/dynbench/fixtures/sim"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/metric"
	"github.com/dynbench/dynbench/harness/record"
	"github.com/dynbench/dynbench/harness/report"
	"github.com/dynbench/dynbench/harness/result"
	"github.com/dynbench/dynbench/harness/target"
	"github.com/dynbench/dynbench/harness/workload"
)

// Questions is a workload of one's own: the same few questions, round and
// round, each asked n times in all.
type Questions struct {
	Texts []string
	OSL   int
}

func (q Questions) Open(context.Context, workload.Scope) (workload.Source, error) {
	return &questions{Questions: q}, nil
}

type questions struct {
	Questions
	next int
}

func (q *questions) Next(context.Context) (workload.Session, error) {
	if len(q.Texts) == 0 {
		return nil, io.EOF
	}
	text := q.Texts[q.next%len(q.Texts)]
	q.next++
	return workload.Single(&workload.Request{
		Messages:  []workload.Message{{Role: "user", Content: text}},
		MaxTokens: q.OSL,
	}), nil
}

// UploadShare is a metric of one's own: the part of the TTFT that went into
// sending the request.
var UploadShare = metric.PerRequest(metric.Def{
	Key: "upload_share", Title: "Upload Share of TTFT", Unit: "ratio", Direction: metric.LowerIsBetter,
	Doc: "(written - sent) / (first token - sent)",
}, func(r *record.Record) (metric.Ratio, bool) {
	ttft := r.FirstToken - r.Sent
	return metric.Ratio(float64(r.Written-r.Sent) / float64(ttft)), ttft > 0
})

// FAQ is a benchmark of one's own: it brings up what it needs, measures, and
// looks at what came out.
type FAQ struct {
	dir    string
	server *engine.Server
	web    *httptest.Server
}

func (f *FAQ) Setup(context.Context) (err error) {
	f.server, err = engine.NewServer(engine.ServerConfig{Model: "m", Sim: sim.Config{Speedup: 100}})
	if err == nil {
		f.web = httptest.NewServer(f.server)
	}
	return err
}

func (f *FAQ) Run(ctx context.Context) (*result.Run, error) {
	return harness.Sweep{
		Name:     "faq",
		Workload: Questions{Texts: []string{"who is there", "what is new"}, OSL: 5},
		Levels:   load.Concurrency(2),
		Measure:  load.Requests(20),
		Metrics:  metric.Standard().With(UploadShare),
	}.Run(ctx, target.Target{URL: f.web.URL, Model: "m"}, f.dir)
}

func (f *FAQ) Analyze(_ context.Context, run *result.Run) error {
	level := run.Level("c2")
	share, ok := level.Value("upload_share")
	if !ok || share < 0 || share > 1 {
		return fmt.Errorf("upload share %g", share)
	}
	// A plot of one's own, beside the built-in ones.
	_, err := report.Write(filepath.Join(f.dir, "plots"), []*result.Run{run}, report.Options{
		Plots: []report.Plot{report.Lines("upload_share.png", "Upload Share vs Concurrency", "Share of TTFT",
			func(_ *result.Run, l *result.Level) (float64, bool) { return l.Value("upload_share") })},
	})
	return err
}

func (f *FAQ) Teardown(context.Context) error {
	f.web.Close()
	f.server.Close()
	return nil
}

func ExampleRunBenchmark() {
	dir, err := os.MkdirTemp("", "faq")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	run, err := harness.RunBenchmark(ctx, &FAQ{dir: dir})
	if err != nil {
		fmt.Println(err)
		return
	}
	level := run.Level("c2")
	_, plotted := os.Stat(filepath.Join(dir, "plots", "upload_share.png"))
	fmt.Printf("%s: %d requests, %d errors, plot: %v\n", level.Name, level.Requests, level.Errors, plotted == nil)
	// Output: c2: 20 requests, 0 errors, plot: true
}
