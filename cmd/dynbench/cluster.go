package main

import (
	"strings"

	"github.com/dynbench/dynbench/harness/config"
)

// The variables of the original's in-cluster mode.
const (
	podVariable = "KUBERNETES_SERVICE_HOST" // Kubernetes sets it in every pod
	scheme      = "DYN_URL_SCHEME"          // of URLs without one, http unless set
	oldScheme   = "SERVICE_PROTOCOL"        // the same, in some releases
)

// inCluster gives a URL without a scheme the one of the cluster, if this is a
// pod or the user says so.
func (p *Process) inCluster(o *config.Options) error {
	if host, _ := p.LookupEnv(podVariable); host != "" {
		o.InCluster = true
	}
	if !o.InCluster || o.URL == "" || strings.Contains(o.URL, "://") {
		return nil
	}
	for _, name := range []string{scheme, oldScheme} {
		switch v, _ := p.LookupEnv(name); strings.ToLower(strings.TrimSpace(v)) {
		case "":
		case "http", "https":
			o.URL = strings.ToLower(strings.TrimSpace(v)) + "://" + strings.TrimSpace(o.URL)
			return nil
		default:
			return usagef("%s=%q: want http or https", name, v)
		}
	}
	return nil
}
