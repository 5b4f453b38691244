package truth

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures/reference"
)

// TestPeers measures other load generators and this one against one server, on
// the same processors, in one run, and writes the tables of docs/performance.md
// to table.md in the folder that DYNBENCH_PEERS names (make peers). It asserts
// nothing of the others.
func TestPeers(t *testing.T) {
	dir := os.Getenv("DYNBENCH_PEERS")
	if dir == "" {
		t.Skip("no peers are installed here: run make peers")
	}
	needsQuiet(t)
	tools := installed(t, dir)
	var out strings.Builder
	pacedTable(t, &out, tools)
	speedTable(t, &out, tools, "32 events a write", reference.Config{EventsPerWrite: 32}, true)
	speedTable(t, &out, tools, "One event a write", reference.Config{}, false)
	startTable(t, &out, tools)
	t.Logf("\n%s", out.String())
	require.NoError(t, os.WriteFile(filepath.Join(dir, "table.md"), []byte(out.String()), 0o644))
}

// job is one command of one tool.
type job struct {
	url, dir, tokenizer string
	streams, requests   int
	osl                 int
}

// done is what came of it.
type done struct {
	told  told
	wall  time.Duration
	cpu   time.Duration // of the command and all that it started
	truth []reference.Entry
}

// run starts the server, runs the tool against it, the tool on the first and the
// server on the second of cpus if there are any, and asks the server what it saw
// of the measured requests: the last ones.
func (p peer) run(t *testing.T, c reference.Config, j job, cpus ...int) (d done, err error) {
	t.Helper()
	server := serve(t, c, cpus[min(1, len(cpus)):]...)
	j.url, j.dir, j.tokenizer = server.URL(), t.TempDir(), p.tokenizer
	argv, env := p.argv(j), slices.DeleteFunc(os.Environ(), offline)
	if len(cpus) > 0 {
		argv = append([]string{"taskset", "-c", fmt.Sprint(cpus[0])}, argv...)
		env = append(env, p.alone...)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = j.dir
	cmd.Env = env
	began := time.Now()
	text, err := cmd.CombinedOutput()
	if err != nil {
		return d, fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, text[max(len(text)-2000, 0):])
	}
	d.wall = time.Since(began)
	d.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if d.told, err = p.read(j); err != nil {
		return d, fmt.Errorf("%s: %w\n%s", p.name, err, text[max(len(text)-2000, 0):])
	}
	all, err := server.Record(t.Context())
	if err != nil {
		return d, err
	}
	if len(all) < j.requests {
		return d, fmt.Errorf("%s: the server saw %d requests of %d", p.name, len(all), j.requests)
	}
	d.truth = all[len(all)-j.requests:]
	return d, nil
}

// offline variables keep some tools from reading a tokenizer's folder.
func offline(variable string) bool { return strings.HasPrefix(variable, "HF_HUB_OFFLINE=") }

// rate is the tokens a second that the server wrote.
func (d done) rate() float64 {
	n, last := 0, int64(0)
	for _, e := range d.truth {
		n += e.Events
		last = max(last, e.Last)
	}
	return float64(n) / (float64(last-d.truth[0].Arrived) / 1e9)
}

func (d done) tokens() int {
	n := 0
	for _, e := range d.truth {
		n += e.Events
	}
	return n
}

func pacedTable(t *testing.T, out *strings.Builder, tools []peer) {
	fmt.Fprint(out, "TTFT 50 to 100 ms, ITL 20 ms, OSL 128, eight requests a slot; client and server share all processors.\n\n")
	fmt.Fprint(out, "| Streams | Tool | TTFT p50 / p90 / p99 reported, ms | The server's record, ms | p99 off by, ms | ITL mean reported | The server's |\n|---|---|---|---|---|---|---|\n")
	for _, n := range []int{100, 400} {
		for _, p := range tools {
			d, err := p.run(t, reference.Config{Pace: reference.Usual()}, job{streams: n, requests: 8 * n, osl: 128})
			if err != nil {
				failed(t, out, p, err, fmt.Sprint(n), 7)
				continue
			}
			var ttft []int64
			var itl float64
			for _, e := range d.truth {
				ttft = append(ttft, e.TTFT())
				itl += e.ITL() / float64(len(d.truth)) / 1e6
			}
			var truth [3]float64
			for i, q := range []float64{50, 90, 99} {
				truth[i] = at(ttft, q).Seconds() * 1e3
			}
			fmt.Fprintf(out, "| %d | %s | %.2f / %.2f / %.2f | %.2f / %.2f / %.2f | %.2f | %.3f | %.3f |\n", n, p.name,
				d.told.ttft[0], d.told.ttft[1], d.told.ttft[2], truth[0], truth[1], truth[2], d.told.ttft[2]-truth[2], d.told.itl, itl)
		}
	}
	fmt.Fprintln(out)
}

// speedTable compares tokens a second on one processor. fast: the server keeps
// up with any client.
func speedTable(t *testing.T, out *strings.Builder, tools []peer, title string, c reference.Config, fast bool) {
	clientCPU, serverCPU := needsCPUs(t)
	fmt.Fprintf(out, "%s, 16 slots, OSL 256; the client on one processor, the server on another.\n\n", title)
	fmt.Fprint(out, "| Tool | Output tokens/s, by the server's record | As it reports | Ours is | Processor time a token, whole command, ns |\n|---|---|---|---|---|\n")
	ours := 0.0
	for _, p := range tools {
		requests := p.firehose
		if !fast {
			requests = max(requests/8, 200)
		}
		d, err := p.run(t, c, job{streams: 16, requests: requests, osl: 256}, clientCPU, serverCPU)
		if err != nil {
			failed(t, out, p, err, p.name, 5)
			continue
		}
		if ours == 0 { // the first of the list
			ours = d.rate()
		}
		fmt.Fprintf(out, "| %s | %.0f | %.0f | %.2f times as fast | %.0f |\n", p.name, d.rate(), d.told.rate, ours/d.rate(), float64(d.cpu.Nanoseconds())/float64(d.tokens()))
	}
	bareRow(t, out, c, clientCPU, serverCPU, ours, fast)
	fmt.Fprintln(out)
}

func bareRow(t *testing.T, out *strings.Builder, c reference.Config, clientCPU, serverCPU int, ours float64, fast bool) {
	server := serve(t, c, serverCPU)
	restore, err := reference.Pin(clientCPU)
	require.NoError(t, err)
	requests := 12_000
	if !fast {
		requests /= 8
	}
	r := bare(t, server.URL(), speedSlots, requests, speedOSL)
	require.NoError(t, restore())
	fmt.Fprintf(out, "| a bare reader of lines on net/http | %.0f | | %.2f times as fast | %.0f |\n", r.perSecond(), ours/r.perSecond(), r.perToken())
}

func startTable(t *testing.T, out *strings.Builder, tools []peer) {
	fmt.Fprint(out, "The whole command for ten requests of 32 tokens: start, tokenizer, files, exit.\n\n| Tool | Wall time, s | Processor time, s |\n|---|---|---|\n")
	for _, p := range tools {
		var best done
		for range 3 {
			d, err := p.run(t, reference.Config{EventsPerWrite: 8}, job{streams: 1, requests: 10, osl: 32})
			if err != nil {
				failed(t, out, p, err, p.name, 3)
				best.wall = 0
				break
			}
			if best.wall == 0 || d.wall < best.wall {
				best = d
			}
		}
		if best.wall > 0 {
			fmt.Fprintf(out, "| %s | %.2f | %.2f |\n", p.name, best.wall.Seconds(), best.cpu.Seconds())
		}
	}
	fmt.Fprintln(out)
}

// failed writes a row for a tool that did not get through.
func failed(t *testing.T, out *strings.Builder, p peer, err error, first string, columns int) {
	t.Logf("%s: %v", p.name, err)
	cells := make([]string, columns)
	cells[0] = first
	cells[min(1, columns-1)] = p.name + ": failed"
	fmt.Fprintf(out, "| %s |\n", strings.Join(cells, " | "))
}
