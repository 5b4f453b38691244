package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/internal/scratch"
)

func TestDoctorOfTheMachine(t *testing.T) {
	b := newBench(t)
	b.env["HTTP_PROXY"] = "http://proxy:3128"
	o := b.run("doctor")
	require.Equal(t, exitOK, o.Code)
	for _, check := range []string{"program", "processors", "open files", "clock", "output", "leftovers"} {
		require.Regexp(t, `(?m)^(ok|warn)  +`+check+" ", o.Out)
	}
	require.Regexp(t, `(?m)^warn +proxy +HTTP_PROXY is set`, o.Out)
	b.wroteNothing()

	require.NoError(t, os.WriteFile(filepath.Join(b.dir, "file"), nil, 0o600))
	o = b.run("doctor", "--output-dir", "file/results")
	require.Equal(t, exitFailure, o.Code)
	require.Contains(t, o.Out, "fail  output")
	require.Contains(t, o.Errors, "1 of ")
}

// What a killed run has left is cleared away; a folder that nobody holds is that.
func TestDoctorClearsAway(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("folders are not held here")
	}
	t.Setenv("TMPDIR", t.TempDir())
	held, err := scratch.Make()
	require.NoError(t, err)
	defer held.Remove()
	left := filepath.Join(os.TempDir(), "dynbench-tmp-left")
	require.NoError(t, os.MkdirAll(filepath.Join(left, "engine-0"), 0o700))
	var out bytes.Buffer
	e := examination{out: &out}
	e.leftovers(t.Context())
	require.Zero(t, e.failed, out.String())
	require.Contains(t, out.String(), "warn  leftovers     removed "+left)
	require.NoDirExists(t, left)
	require.DirExists(t, held.Path())
	out.Reset()
	e.leftovers(t.Context())
	require.NotContains(t, out.String(), left)
}

func TestDoctorKnowsTheLimits(t *testing.T) {
	var out bytes.Buffer
	e := examination{out: &out}
	e.files(1 << 50)
	e.ports(1 << 20)
	text := out.String()
	if strings.Contains(text, "no limit known") {
		t.Skip("this system tells no limit")
	}
	require.Contains(t, text, "raise it (ulimit -n")
	require.Equal(t, 1, e.failed)
}

func TestDoctorOfAnEndpoint(t *testing.T) {
	b := newBench(t)
	e := (&endpoint{}).serve(t)
	o := b.run("doctor", "--endpoint-url", e.URL, "--model", "m", "--isl", "5")
	require.Equal(t, exitOK, o.Code)
	for _, check := range []string{"url", "name", "connection", "ready", "request", "dialect", "usage"} {
		require.Regexp(t, `(?m)^ok    `+check+" ", o.Out)
	}
	require.Contains(t, o.Out, "8 tokens of 8 asked for")
	require.Contains(t, o.Out, "warn  model", "the list names another")
}

func TestDoctorSaysWhatDiffers(t *testing.T) {
	b := newBench(t)
	e := (&endpoint{osl: 3}).serve(t)
	o := b.run("doctor", "--endpoint-url", e.URL+"/v1", "--model", "m", "--endpoint-type", "completions")
	require.Equal(t, exitOK, o.Code)
	require.Regexp(t, "(?m)^warn  url ", o.Out)
	require.Contains(t, o.Out, "the output length is not forced")
}

func TestDoctorStopsAtTheFirstBrokenStep(t *testing.T) {
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	sealed := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(sealed.Close)
	sick := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "loading", http.StatusServiceUnavailable) }))
	t.Cleanup(sick.Close)
	served := (&endpoint{model: "served"}).serve(t)
	for _, c := range []struct{ url, check, want string }{
		{"nope", "url", "want http://HOST[:PORT]"},
		{"http://no-such-host.invalid", "name", "no-such-host.invalid"},
		{down.URL, "connection", "connection refused"},
		{sealed.URL, "tls", "certificate"},
		{sick.URL, "ready", "status 503"},
		{served.URL, "request", "The model m does not exist"},
	} {
		t.Run(c.check, func(t *testing.T) {
			b := newBench(t)
			o := b.run("doctor", "--endpoint-url", c.url, "--model", "m", "--ready-timeout", "100ms")
			require.Equal(t, exitFailure, o.Code)
			lines := strings.Split(strings.TrimSpace(o.Out), "\n")
			last := lines[len(lines)-1]
			require.True(t, strings.HasPrefix(last, "fail  "+c.check), last)
			require.Contains(t, last, c.want)
		})
	}
}
