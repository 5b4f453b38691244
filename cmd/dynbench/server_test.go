package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// endpoint is a server of completions that can misbehave.
type endpoint struct {
	*httptest.Server
	Asked atomic.Int64 // requests of completions, the probe included

	model string                                    // any other is unknown; "": all are known
	bare  bool                                      // neither /health nor /v1/models
	token time.Duration                             // before each token
	osl   int                                       // of every answer; 0: as asked for
	spoil func(n int64, w http.ResponseWriter) bool // true: answered already
}

// serve starts e; it ends with the test.
func (e *endpoint) serve(t testing.TB) *endpoint {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", e.complete)
	mux.HandleFunc("POST /v1/completions", e.complete)
	if !e.bare {
		mux.HandleFunc("GET /health", func(http.ResponseWriter, *http.Request) {})
		mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"data":[{"id":%q}]}`, e.model)
		})
	}
	e.Server = httptest.NewServer(mux)
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) complete(w http.ResponseWriter, r *http.Request) {
	n := e.Asked.Add(1)
	var body struct {
		Model     string `json:"model"`
		MaxTokens int    `json:"max_tokens"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if e.model != "" && body.Model != e.model {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(w, `{"error":{"message":"The model %s does not exist","type":"NotFoundError"}}`, body.Model)
		return
	}
	if e.spoil != nil && e.spoil(n, w) {
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	tokens := body.MaxTokens
	if e.osl > 0 {
		tokens = e.osl
	}
	for range tokens {
		if !pause(r, e.token) {
			return
		}
		fmt.Fprint(w, `data: {"choices":[{"index":0,"delta":{"content":"word "},"text":"word "}]}`+"\n\n")
		w.(http.Flusher).Flush()
	}
	fmt.Fprintf(w, `data: {"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}`+"\n\n"+
		`data: {"choices":[],"usage":{"prompt_tokens":16,"completion_tokens":%d}}`+"\n\ndata: [DONE]\n\n", tokens)
}

func pause(r *http.Request, d time.Duration) bool {
	if d == 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// broken answers all requests after the first n with a 500.
func broken(after int64) func(int64, http.ResponseWriter) bool {
	return func(n int64, w http.ResponseWriter) bool {
		if n <= after {
			return false
		}
		http.Error(w, `{"error":{"message":"engine is gone"}}`, http.StatusInternalServerError)
		return true
	}
}
