package client

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseURL(t *testing.T) {
	for _, tc := range []struct {
		raw       string
		inCluster bool
		want      string // "" is rejected
		notice    bool
	}{
		{"http://h:1", false, "http://h:1", false},
		{"https://h", false, "https://h", false},
		{" http://h:8000/ ", false, "http://h:8000", true},
		{"http://h:8000/v1", false, "http://h:8000", true},
		{"http://h:8000/v1/", false, "http://h:8000", true},
		{"http://h:8000/llm/v1", false, "http://h:8000/llm", true},
		{"http://h:8000/llm", false, "http://h:8000/llm", false},
		{"HTTP://H:1", false, "http://h:1", false},
		{"http://[::1]:8000", false, "http://[::1]:8000", false},
		{"http://127.0.0.1:8000", false, "http://127.0.0.1:8000", false},
		{"http://my_svc:80", false, "http://my_svc:80", false},
		{"http://", false, "", false},
		{"svc:8000", false, "", false},
		{"", false, "", false},
		{"http://h:1?x=1", false, "", false},
		{"http://h:1/?", false, "", false},
		{"http://h:1#f", false, "", false},
		{"http://h:1/#", false, "", false},
		{"http://u:p@h:1", false, "", false},
		{"http://h:0", false, "", false},
		{"http://h:65536", false, "", false},
		{"http://h:99999999999999999999", false, "", false},
		{"http://h/a b", false, "", false},
		{"http://h\n:1", false, "", false},
		{"ws://h:1", false, "", false},
		{"http://-h:1", false, "", false},
		{"http://a,b:1", false, "", false},

		{"svc:8000", true, "http://svc:8000", false},
		{"svc", true, "http://svc", false},
		{"svc:", true, "http://svc", false},
		{"svc.ns.svc.cluster.local:8000", true, "http://svc.ns.svc.cluster.local:8000", false},
		{"svc:8000/v1", true, "http://svc:8000", true},
		{"[::1]:8000", true, "http://[::1]:8000", false},
		{"https://svc:8443", true, "https://svc:8443", false},
		{":8000", true, "", false},
		{"/path", true, "", false},
		{"", true, "", false},
		{"svc:0", true, "", false},
		{"svc:65536", true, "", false},
		{"svc:abc", true, "", false},
		{"::1", true, "", false},
		{"user:pw@svc:80", true, "", false}, // the three that used to pass
		{"a b:80", true, "", false},
		{"ftp://x:1", true, "", false},
	} {
		base, notice, err := ParseURL(tc.raw, tc.inCluster)
		require.Equal(t, tc.want, base, "%q in cluster %t: %v", tc.raw, tc.inCluster, err)
		require.Equal(t, tc.notice, notice != "", "%q: %s", tc.raw, notice)
		if tc.want == "" {
			require.ErrorIs(t, err, ErrURL)
			require.ErrorContains(t, err, "want http://HOST[:PORT]")
			require.NotContains(t, err.Error(), "\n")
		}
	}
}

// FuzzParseURL: what is accepted is accepted again unchanged, makes a client,
// and has no more than scheme, host, port and path.
func FuzzParseURL(f *testing.F) {
	for _, s := range []string{"http://h:1", "svc:8000/v1/", "HTTP://[::1]:8/", "a b:1", "http://u@h", "ftp://x:1", "http://h/%2f?x#y", "http://%41:1", "h/v1//v1", "http://h/v1/v1/"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, raw string, inCluster bool) {
		base, _, err := ParseURL(raw, inCluster)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\n") {
				t.Fatalf("%q: error of several lines: %v", raw, err)
			}
			return
		}
		again, notice, err := ParseURL(base, false)
		if err != nil || again != base || notice != "" {
			t.Fatalf("%q gives %q, which gives %q, %q, %v", raw, base, again, notice, err)
		}
		u, err := url.Parse(base)
		if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Hostname() == "" {
			t.Fatalf("%q gives %q", raw, base)
		}
		if _, err := New(Config{URL: base, Model: "m"}); err != nil {
			t.Fatalf("%q gives %q: %v", raw, base, err)
		}
	})
}
