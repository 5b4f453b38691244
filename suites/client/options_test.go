package client

import (
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/fixtures"
	"github.com/dynbench/dynbench/harness"
	"github.com/dynbench/dynbench/harness/config"
)

// given are the options after -args.
var given config.Given

func TestMain(m *testing.M) {
	given.BindGo(flag.CommandLine, defaults())
	flag.Parse()
	os.Exit(m.Run())
}

// defaults are the original benchmark's levels and lengths, with goals that the
// simulated stack holds with room to spare from ten users on.
func defaults() config.Options {
	o := config.Defaults()
	o.Name, o.Model = "client", "" // of an endpoint: the first that it lists
	o.Repeats = repeats
	o.SLA = []string{"ttft.p90<=6s@c10+", "itl.p90<=40ms@c10+", "error_rate<=0.01"}
	return o
}

// short is a sweep of some seconds, for -short.
func short(o config.Options) config.Options {
	o.ISL, o.OSL, o.Repeats = 500, 64, 1
	o.Concurrencies = []int{1, 5, 20}
	return o
}

// options is the configuration of a suite, resolved once.
type options struct {
	config.Options
	Sweep harness.Sweep
}

// optionsOf reads the variables and -args over the defaults.
func optionsOf(t *testing.T) options {
	t.Helper()
	base := defaults()
	if testing.Short() {
		base = short(base)
	}
	base = placed(base)
	o, err := config.Sources{Defaults: base, Lookup: os.LookupEnv, Flags: given.Set}.Options()
	require.NoError(t, err)
	resolved, err := o.Resolve(os.LookupEnv)
	require.NoError(t, err)
	return options{o, harness.FromOptions(o, resolved)}
}

// topology is the endpoint that the options name, or else the suite's own stack.
func (o options) topology(own fixtures.Topology) fixtures.Topology {
	own.GPUs = o.GPUs
	if o.URL == "" {
		return own
	}
	endpoint := fixtures.Endpoint(o.URL, o.Model)
	endpoint.GPUs = o.GPUs
	return endpoint
}
