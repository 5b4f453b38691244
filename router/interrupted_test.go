package router

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/internal/wait"
)

// stoppedAfter runs p until the level of the first ratio has ended below dir.
func stoppedAfter(t *testing.T, p PrefixRatio, dir, level string) (*Report, error) {
	t.Helper()
	stop := errors.New("stopped by a test")
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = wait.Until(ctx, time.Millisecond, func(context.Context) error {
			b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(level), "status.json"))
			if err == nil && !strings.Contains(string(b), `"ended"`) {
				err = errors.New("it runs")
			}
			return err
		})
		cancel(stop)
	}()
	r, err := p.Run(ctx, dir)
	cancel(nil)
	<-done
	require.ErrorIs(t, err, stop)
	require.NotErrorIs(t, err, ErrCheck)
	require.NotErrorIs(t, err, ErrMissing, "the reason says it")
	return r, err
}

// slow has a second ratio that lasts long enough to be stopped in.
func slow(modes ...Mode) PrefixRatio {
	p := small(modes...)
	p.OSL, p.Bed.Engine.Speedup, p.NoPlot = 80, 2, true
	return p
}

// A ratio that was measured to its end is in the summary whenever the next one is
// stopped.
func TestWholeRatiosOfAStoppedRunCount(t *testing.T) {
	dir := t.TempDir()
	r, _ := stoppedAfter(t, slow("kv"), dir, "kv/rep-1/prefix_ratio_0.5_seed_0")
	require.Len(t, r.Arm("kv").Points, 1)
	s, err := ReadSummary(filepath.Join(dir, "kv"))
	require.NoError(t, err)
	require.Equal(t, 24, s.Points[0].Requests)
}

func TestWholeRatiosOfAStoppedEndpointCount(t *testing.T) {
	p, dir := slow(), t.TempDir()
	p.URLs = []string{stackURL(t, fixtures.ModeKV)}
	r, _ := stoppedAfter(t, p, dir, "prefix_ratio_0.5_seed_0")
	require.Len(t, r.Arm(urlArm).Points, 1)
}

// A comparison that was stopped before a run had ended says nothing of what it has
// not measured, and writes no table of nothing.
func TestAComparisonThatIsStoppedEarly(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stopped by a test")
	cancel(stop)
	r, err := slow("kv", "random").Run(ctx, dir)
	require.ErrorIs(t, err, stop)
	require.NotErrorIs(t, err, ErrCheck)
	require.Equal(t, stop.Error(), err.Error())
	require.False(t, r.Measured())
	require.NoFileExists(t, filepath.Join(dir, TableFile))
	require.NoFileExists(t, filepath.Join(dir, "kv", ParticipationFile))
}

// A folder with results is refused before anything is brought up.
func TestResultsThatAreThere(t *testing.T) {
	dir := t.TempDir()
	p := small("kv")
	p.Ratios, p.NoPlot = []float64{0.8}, true
	_, err := p.Run(t.Context(), dir)
	require.NoError(t, err)
	p.Bed.EngineKind = "process:/no/such/engine {port}"
	_, err = p.Run(t.Context(), dir)
	require.ErrorIs(t, err, harness.ErrExists)
	require.ErrorContains(t, err, string(filepath.Separator)+"kv holds results already: --overwrite moves them aside")
	require.NotContains(t, err.Error(), "--resume")

	p.Modes, p.Bed, p.URLs, p.Model = nil, fixtures.Topology{}, []string{"http://127.0.0.1:1"}, "m"
	_, err = p.Run(t.Context(), dir)
	require.ErrorIs(t, err, harness.ErrExists)
}

// An endpoint that is none ends the sweep once, not once a ratio.
func TestAnEndpointThatIsNone(t *testing.T) {
	p := small()
	p.URLs, p.Model, p.ReadyTimeout = []string{"http://127.0.0.1:1"}, "m", 200*time.Millisecond
	_, err := p.Run(t.Context(), t.TempDir())
	require.ErrorIs(t, err, harness.ErrTarget)
	require.Equal(t, 1, strings.Count(err.Error(), "target not ready"), err)
	p.Model = ""
	_, err = p.Run(t.Context(), t.TempDir())
	require.ErrorIs(t, err, harness.ErrTarget)
	require.ErrorContains(t, err, "GET http://127.0.0.1:1/v1/models: ")
	require.ErrorContains(t, err, "the ready timeout of 200ms is over")
}

// answers serves /v1/models as told.
func answers(t *testing.T, status int, contentType, body string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// What waiting does not mend ends the wait at once.
func TestTheModelOfAnEndpointThatIsAnotherThing(t *testing.T) {
	for want, url := range map[string]string{
		"404 Not Found: 404 page not found":                                       answers(t, 404, "text/plain", "404 page not found\n"),
		"no list of models but text/html: <!DOCTYPE html> <title>Welcome</title>": answers(t, 200, "text/html", "<!DOCTYPE html>\n<title>Welcome</title>"),
	} {
		p := small()
		p.URLs, p.ReadyTimeout = []string{url}, 300*time.Millisecond
		_, err := p.Run(t.Context(), t.TempDir())
		require.ErrorIs(t, err, harness.ErrTarget)
		require.NotContains(t, err.Error(), "not ready after", "it was not waited for")
		require.ErrorContains(t, err, "GET "+url+"/v1/models: "+want)
	}
}

// A router lists no model before its first worker has come.
func TestTheModelIsWaitedFor(t *testing.T) {
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		switch asked.Add(1) {
		case 1:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2:
			fmt.Fprint(w, `{"data":[]}`)
		default:
			fmt.Fprint(w, `{"data":[{"id":"m"}]}`)
		}
	}))
	t.Cleanup(s.Close)
	model, err := PrefixRatio{}.awaitModel(t.Context(), s.URL)
	require.NoError(t, err)
	require.Equal(t, "m", model)
}
