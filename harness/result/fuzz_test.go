package result

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzParseExport(f *testing.F) {
	seeds, err := filepath.Glob("testdata/trees/*/*/profile_export_*.json")
	require.NoError(f, err)
	require.NotEmpty(f, seeds)
	for _, path := range append(seeds, "testdata/golden/c2_profile_export_aiperf.json") {
		b, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(b)
	}
	f.Add([]byte(`{"input_config":{"phases":[1],"datasets":[],"models":{"items":[[]]}},"request_count":{"unit":"requests","avg":-1e300}}`))
	f.Add([]byte(`{"dynbench":{"figures":{"a":{"quantiles":[{}]}}},"a":{"unit":"ms","avg":1}}`))
	f.Add([]byte(`{"request_throughput":{"unit":"requests/sec","avg":1e300},"request_latency":{"unit":"ns","avg":1e308,"p50":1e308}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := parseExport(b)
		if err != nil {
			return
		}
		run, l := &Run{}, &Level{Name: "c1", Dir: "c1"}
		e.describe(run)
		e.fill(l)
		if e.own != nil {
			e.own.restore(l)
		}
		run.Levels = []Level{*l}
		tidy(run)
		benchText(run)
		exportCSV(run, l)
		_, err = exportJSON(run, l)
		require.NoError(t, err)
		_, err = marshal(run)
		require.NoError(t, err)
	})
}

func FuzzParseRun(f *testing.F) {
	b, err := os.ReadFile("testdata/golden/run.json")
	require.NoError(f, err)
	f.Add(b)
	f.Add([]byte(`{"schema":"bench.run/1","levels":[{"dir":"../x"}],"assertions":[{}]}`))
	f.Add([]byte(`{"schema":"bench.run/9"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		run, err := parseRun(b)
		if err != nil {
			return
		}
		out, err := redacted(run)
		require.NoError(t, err)
		text, err := marshal(out)
		require.NoError(t, err)
		_, err = parseRun(text)
		require.NoError(t, err)
	})
}
