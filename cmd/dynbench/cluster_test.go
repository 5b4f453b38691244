package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/config"
)

func TestURLsInACluster(t *testing.T) {
	for name, c := range map[string]struct {
		env       map[string]string
		url, want string
		wrong     bool
	}{
		"outside":         {nil, "svc:8000", "svc:8000", false},
		"in a pod":        {map[string]string{podVariable: "10.0.0.1"}, "svc:8000", "svc:8000", false},
		"its scheme":      {map[string]string{podVariable: "10.0.0.1", scheme: "HTTPS"}, "svc:8000", "https://svc:8000", false},
		"the old name":    {map[string]string{podVariable: "10.0.0.1", oldScheme: "http"}, "svc:8000", "http://svc:8000", false},
		"the first wins":  {map[string]string{podVariable: "10.0.0.1", scheme: "https", oldScheme: "http"}, "svc", "https://svc", false},
		"a scheme stays":  {map[string]string{podVariable: "10.0.0.1", scheme: "https"}, "http://svc", "http://svc", false},
		"an unknown one":  {map[string]string{podVariable: "10.0.0.1", scheme: "gopher"}, "svc", "svc", true},
		"not for outside": {map[string]string{scheme: "https"}, "svc", "svc", false},
	} {
		p := Process{LookupEnv: func(name string) (string, bool) { v, ok := c.env[name]; return v, ok }}
		o := config.Options{URL: c.url}
		err := p.inCluster(&o)
		require.Equal(t, c.wrong, err != nil, name)
		require.Equal(t, c.want, o.URL, name)
		require.Equal(t, c.env[podVariable] != "", o.InCluster, name)
	}
}
