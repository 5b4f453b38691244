//go:build unix

package proc_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/internal/proc"
)

// docker is the part of Docker's API that a sweep speaks, at a Unix socket.
type docker struct {
	host string
	mu   sync.Mutex
	gone []string
}

func newDocker(t *testing.T) *docker {
	t.Helper()
	dir, err := os.MkdirTemp("", "d") // a socket's path must be short
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	d := &docker{host: "unix://" + filepath.Join(dir, "s")}
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	require.NoError(t, err)
	list := func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("filters") != `{"label":["run=7"]}` {
			http.Error(w, "not this label", http.StatusBadRequest)
			return
		}
		_, _ = w.Write([]byte(`[{"Id":"one","Names":["/x"]},{"Id":"busy"},{"Id":"gone"}]`))
	}
	remove := func(w http.ResponseWriter, r *http.Request) {
		status := map[string]int{"one": http.StatusNoContent, "busy": http.StatusConflict, "gone": http.StatusNotFound}
		w.WriteHeader(status[r.PathValue("id")])
		d.mu.Lock()
		defer d.mu.Unlock()
		d.gone = append(d.gone, r.URL.RequestURI())
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /containers/json", list)
	mux.HandleFunc("GET /networks", list)
	mux.HandleFunc("DELETE /containers/{id}", remove)
	mux.HandleFunc("DELETE /networks/{id}", remove)
	srv := httptest.NewUnstartedServer(mux)
	_ = srv.Listener.Close()
	srv.Listener = l
	srv.Start()
	t.Cleanup(srv.Close)
	return d
}

func (d *docker) removed() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.gone)
}

// A supervisor without a process sweeps when it is stopped, containers first.
func TestSweep(t *testing.T) {
	d := newDocker(t)
	p, err := proc.Start(t.Context(), proc.Spec{Sweep: proc.Sweep{Host: d.host, Label: "run=7"}})
	require.NoError(t, err)
	require.Zero(t, p.PID())
	require.Empty(t, d.removed())
	require.NoError(t, p.Stop(t.Context()))
	require.Equal(t, []string{
		"/containers/one?force=1&v=1", "/containers/busy?force=1&v=1", "/containers/gone?force=1&v=1",
		"/networks/one", "/networks/busy", "/networks/gone",
	}, d.removed())
}

func TestSweepFails(t *testing.T) {
	d := newDocker(t)
	for name, tt := range map[string]struct {
		sweep proc.Sweep
		want  string
	}{
		"no engine": {proc.Sweep{Host: "unix:///no/such/socket", Label: "run=7"}, "/no/such/socket"},
		"endpoint":  {proc.Sweep{Host: "ssh://there", Label: "run=7"}, "not a Docker endpoint such as"},
		"refused":   {proc.Sweep{Host: d.host, Label: "other=1"}, "400 Bad Request"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := proc.Start(t.Context(), proc.Spec{Name: "containers", Sweep: tt.sweep})
			require.NoError(t, err)
			require.ErrorContains(t, p.Stop(t.Context()), tt.want)
		})
	}
}
