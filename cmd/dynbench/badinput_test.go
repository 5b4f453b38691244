package main

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tree lists all files below dir.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		files = append(files, path)
		return err
	})
	require.NoError(t, err)
	return files
}

// TestWrongCommandLines holds that each ends before anything is asked or
// written, with code 2 and one line that shows the accepted form.
func TestWrongCommandLines(t *testing.T) {
	const name, url = "--benchmark-name=x", "--endpoint-url=http://127.0.0.1:9"
	for _, c := range []struct{ line, want string }{
		{"benchmark", "benchmark needs --benchmark-name NAME and --endpoint-url URL"},
		{"benchmark " + name, "benchmark needs --endpoint-url URL"},
		{"benchmark " + url, "benchmark needs --benchmark-name NAME"},
		{"benchmark --benchmark-name=a.b " + url, "want 1 to 128 letters, digits, _ and -"},
		{"benchmark --benchmark-name=é " + url, "want 1 to 128 letters"},
		{"benchmark --benchmark-name= " + url, "benchmark needs --benchmark-name NAME"},
		{"benchmark --benchmark-name=Plots " + url, "reserved for a folder of the tool (plots, logs, tmp)"},
		{"benchmark --benchmark-name=-x " + url, "the first no -"},
		{"benchmark --benchmark-name=" + strings.Repeat("a", 129) + " " + url, "want 1 to 128"},
		{"benchmark --endpoint-url=svc:8000 " + name, "no scheme: want http://HOST[:PORT]"},
		{"benchmark --endpoint-url=http:// " + name, "no host: want http://HOST[:PORT]"},
		{"benchmark --endpoint-url=ftp://x:1 --in-cluster " + name, "want http://HOST[:PORT]"},
		{"benchmark --endpoint-url=user:pw@svc:80 --in-cluster " + name, "user info in it"},
		{"benchmark --endpoint-url=:8000 --in-cluster " + name, "want http://HOST[:PORT]"},
		{"benchmark --endpoint-url=/path --in-cluster " + name, "want http://HOST[:PORT]"},
		{"benchmark --endpoint-url=svc:0 --in-cluster " + name, "port 0"},
		{"benchmark --endpoint-url=svc:65536 --in-cluster " + name, "port 65536"},
		{"benchmark --endpoint-url=svc:abc --in-cluster " + name, "want http://HOST[:PORT]"},
		{"benchmark --endpoint-url=::1 --in-cluster " + name, "want http://HOST[:PORT]"},
		{"benchmark --endpoint-url=http://h?q " + name, "query in it"},
		{"benchmark --concurrencies 1,1,2 " + name + " " + url, "1 twice: want whole numbers from 1 to 100000, each once, as in 1,2,5"},
		{"benchmark --concurrencies 1,,2 " + name + " " + url, "as in 1,2,5"},
		{"benchmark --concurrencies 0,5 " + name + " " + url, "as in 1,2,5"},
		{"benchmark --concurrencies 2.0 " + name + " " + url, "as in 1,2,5"},
		{"benchmark --concurrencies -1 " + name + " " + url, "as in 1,2,5"},
		{"benchmark --isl -5 " + name + " " + url, "--isl -5: want at least 1 token"},
		{"benchmark --isl x " + name + " " + url, `--isl "x": want a number`},
		{"benchmark --osl 0 " + name + " " + url, "--osl 0: want at least 1 token"},
		{"benchmark --timeout 5parsecs " + name + " " + url, "want a time such as 90s"},
		{"benchmark --requests 3 " + name + " " + url, "--allow-short allows it"},
		{"benchmark --requests 300 --duration 5s " + name + " " + url, "exclude each other"},
		{"benchmark --resume --fresh " + name + " " + url, "exclude each other"},
		{"benchmark --sla ttft.p99<=200ms@@ " + name + " " + url, `--sla "ttft.p99<=200ms@@"`},
		{"benchmark --sla itl.p98<=200ms " + name + " " + url, "--sla"},
		{"benchmark --sla error_rate.p99<=1 " + name + " " + url, "--sla"},
		{"benchmark --goodput ttft " + name + " " + url, "time_to_first_token:200"},
		{"benchmark --header x " + name + " " + url, "want 'NAME: VALUE'"},
		{"benchmark --extra-input x " + name + " " + url, "want KEY:VALUE"},
		{"benchmark --api-key-env NOT_SET " + name + " " + url, "that variable is not set"},
		{"benchmark --dialect tcl " + name + " " + url, "auto"},
		{"benchmark --endpoint-type embeddings " + name + " " + url, "chat"},
		{"benchmark --max-error-rate 2 " + name + " " + url, "want 0 to 1"},
		{"benchmark --on-error explode " + name + " " + url, "want continue or stop"},
		{"benchmark --config nowhere.yaml " + name + " " + url, "nowhere.yaml"},
		{"benchmark extra " + name + " " + url, `takes no argument beside its flags, but got "extra"`},
		{"benchmark --no-such-flag", "dynbench benchmark has no flag --no-such-flag"},
		{"plot", "plot needs --data-dir DIR"},
		{"plot --data-dir x --max-benchmarks 0", "want at least 1"},
		{"report", "dynbench report wants one folder"},
		{"validate a b", "dynbench validate wants one folder"},
		{"up --router ouija", "it is one of round-robin, random, least-loaded, kv, kv-approx"},
		{"up --engines 0", "want 1 to 1000"},
		{"nonsense", `dynbench has no command "nonsense"`},
	} {
		t.Run(c.line, func(t *testing.T) {
			b := newBench(t)
			o := b.run(strings.Fields(c.line)...)
			require.Equal(t, exitUsage, o.Code)
			require.Contains(t, o.Errors, c.want)
			lines := strings.Split(strings.TrimSpace(o.Errors), "\n")
			require.Len(t, lines, 2, "one line, and what to do next")
			require.True(t, strings.HasPrefix(lines[0], "dynbench: ") && strings.HasPrefix(lines[1], "next: "))
			require.Empty(t, o.Out)
			b.wroteNothing()
		})
	}
}

func TestAllFaultsAreNamedAtOnce(t *testing.T) {
	b := newBench(t)
	b.env["CONCURRENCIES"] = "1,2"
	o := b.run("benchmark", "--isl", "0", "--osl", "0", "--on-error", "x", "--endpoint-url", "nope")
	require.Equal(t, exitUsage, o.Code)
	require.Equal(t, 6, strings.Count(o.Errors, "\n"), "name, URL, isl, osl, on-error, and next")

	b.env["CONCURRENCIES"] = "1,,2"
	o = b.run("benchmark", "--benchmark-name", "x", "--endpoint-url", "http://127.0.0.1:9")
	require.Equal(t, exitUsage, o.Code, "variables are no less strict than flags")
	require.Contains(t, o.Errors, `CONCURRENCIES="1,,2"`)
}

func TestDeadEndpoint(t *testing.T) {
	b := newBench(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	url := "http://" + l.Addr().String()
	require.NoError(t, l.Close())
	o := b.run("benchmark", "--benchmark-name", "x", "--endpoint-url", url, "--ready-timeout", "300ms")
	require.Equal(t, exitFailure, o.Code)
	for _, want := range []string{url + "/health", "tries", "connection refused", "next: dynbench doctor"} {
		require.Contains(t, o.Errors, want)
	}
	require.Regexp(t, `not ready after \d+ms`, o.Errors)
	b.wroteNothing()
}

func TestUnknownModelIsToldAtOnce(t *testing.T) {
	b := newBench(t)
	e := (&endpoint{model: "served"}).serve(t)
	o := b.measure(e)
	require.Equal(t, exitFailure, o.Code)
	require.Contains(t, o.Errors, "The model m does not exist")
	require.Contains(t, o.Errors, "served: served")
	require.LessOrEqual(t, e.Asked.Load(), int64(2), "probed, not swept")
	b.wroteNothing()
}

func TestServerWithoutHealthAndModels(t *testing.T) {
	b := newBench(t)
	e := (&endpoint{bare: true}).serve(t)
	require.Equal(t, exitOK, b.measure(e, "--concurrencies", "1", "--requests", "2").Code)
}

func TestUnwritableFolder(t *testing.T) {
	b := newBench(t)
	e := (&endpoint{}).serve(t)
	require.NoError(t, os.WriteFile(filepath.Join(b.dir, "file"), nil, 0o600))
	o := b.measure(e, "--output-dir", "file")
	require.Equal(t, exitFailure, o.Code)
	require.Contains(t, o.Errors, "not a directory")
	require.Zero(t, e.Asked.Load(), "the target is not bothered")
	if os.Getuid() == 0 {
		return // to root every folder is writable
	}
	require.NoError(t, os.Mkdir(filepath.Join(b.dir, "locked"), 0o500))
	o = b.measure(e, "--output-dir", "locked")
	require.Equal(t, exitFailure, o.Code)
	require.Contains(t, o.Errors, "permission denied")
}

func TestFullDisk(t *testing.T) {
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("a small file system can be mounted by root on Linux alone")
	}
	b := newBench(t)
	small := filepath.Join(b.dir, "small")
	require.NoError(t, os.Mkdir(small, 0o755))
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small).CombinedOutput(); err != nil {
		t.Skipf("mount: %v: %s", err, out)
	}
	t.Cleanup(func() { require.NoError(t, exec.Command("umount", small).Run()) })
	e := (&endpoint{}).serve(t)
	began := time.Now()
	o := b.measure(e, "--output-dir", small, "--concurrencies", "4", "--requests", "100000")
	require.Equal(t, exitFailure, o.Code)
	require.Contains(t, o.Errors, "no space left on device")
	require.Less(t, e.Asked.Load(), int64(50000), "ended when the disk was full, after %s", time.Since(began))
	_, err := os.Stat(filepath.Join(small, "chat", "run.json"))
	require.False(t, errors.Is(err, fs.ErrNotExist), "what was written stays")
}
