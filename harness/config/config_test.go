package config

import (
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/load"
	"github.com/dynbench/dynbench/harness/tokens"
)

func env(pairs map[string]string) Lookup {
	return func(name string) (string, bool) {
		v, ok := pairs[name]
		return v, ok
	}
}

func TestParseLevels(t *testing.T) {
	for in, want := range map[string][]int{
		"5,1": {1, 5}, " 3 ": {3}, "1 2 5": {1, 2, 5}, "1, 2": {1, 2}, "100000": {100000}, "10\t1": {1, 10},
	} {
		got, err := ParseLevels(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got, in)
	}
	for _, in := range []string{"1,1,2", "1,,2", "1,2,", "0,5", "-1", "2.0", "1e2", "+4", "1_000", "", " ", ",", "100001", "a"} {
		_, err := ParseLevels(in)
		require.ErrorContains(t, err, "as in 1,2,5", "%q", in)
	}
}

func FuzzParseLevels(f *testing.F) {
	for _, s := range []string{"1,2,5", " 3 ", "1,,2", "1 , 2", "99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		levels, err := ParseLevels(s)
		require.True(t, err != nil || len(levels) > 0)
		for i, n := range levels {
			require.True(t, n >= 1 && n <= load.MaxConcurrency && (i == 0 || levels[i-1] < n))
		}
	})
}

func TestLaterSourcesWin(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	require.NoError(t, os.WriteFile(file, []byte("isl: 10\nosl: 20\nstd: 3\nsla: [ttft.p90<=1s]\ntimeout: 5s\n"), 0o644))
	var g Given
	fs := pflag.NewFlagSet("x", pflag.ContinueOnError)
	g.Bind(fs, Table(), Defaults())
	require.NoError(t, fs.Parse([]string{"-i", "12", "--assert", "itl.p50<=9ms", "--sla=ttft.p50<=2s", "--resume"}))
	o, err := Sources{
		Defaults: Defaults(), File: file, Flags: g.Set,
		Lookup: env(map[string]string{"DYNBENCH_ISL": "11", "DYNBENCH_OSL": "21", "CONCURRENCIES": "4,2", "DYNBENCH_SLA": "error_rate<=0.5"}),
	}.Options()
	require.NoError(t, err)
	require.Equal(t, []int{12, 21, 3}, []int{o.ISL, o.OSL, o.ISLStd})
	require.Equal(t, []int{2, 4}, o.Concurrencies)
	require.Equal(t, []string{"itl.p50<=9ms", "ttft.p50<=2s"}, o.SLA, "flags replace, and repeat")
	require.Equal(t, Duration(5*time.Second), o.Timeout)
	require.True(t, o.Resume)
}

func TestOwnVariablesWinOverTheOriginals(t *testing.T) {
	o, err := Sources{Defaults: Defaults(), Lookup: env(map[string]string{
		"CONCURRENCIES": "1", "DYNBENCH_CONCURRENCIES": "2", "REQUEST_COUNT": "7",
	})}.Options()
	require.NoError(t, err)
	require.Equal(t, []int{2}, o.Concurrencies)
	require.Equal(t, 7, o.Requests)
}

func TestBadValuesNameTheirSource(t *testing.T) {
	_, err := Sources{Defaults: Defaults(), Lookup: env(map[string]string{"CONCURRENCIES": "1,,2", "REQUEST_COUNT": "many"})}.Options()
	require.ErrorIs(t, err, ErrUsage)
	require.ErrorContains(t, err, `CONCURRENCIES="1,,2"`)
	require.ErrorContains(t, err, `REQUEST_COUNT="many"`)
}

func TestRunFileRepeatsItsRun(t *testing.T) {
	o := Defaults()
	o.Name, o.ISL, o.Seed = "agg", 77, 9
	config, err := json.Marshal(o)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "run.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"schema":"bench.run/1","name":"agg","config":`+string(config)+`}`), 0o644))
	got, err := Sources{Defaults: Defaults(), File: file}.Options()
	require.NoError(t, err)
	require.Equal(t, o, got)
}

func TestFilesAreStrict(t *testing.T) {
	for name, content := range map[string]string{
		"unknown key": `{"isl": 5, "islands": 6}`, "wrong type": `isl: many`, "not YAML": "a: [1",
		"no configuration": `{"schema":"bench.run/1"}`, "bad time": `timeout: soon`,
	} {
		file := filepath.Join(t.TempDir(), "c")
		require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
		_, err := Sources{Defaults: Defaults(), File: file}.Options()
		require.ErrorIs(t, err, ErrUsage, name)
		require.ErrorContains(t, err, file, name)
	}
}

func TestGoFlags(t *testing.T) {
	var g Given
	fs := flag.NewFlagSet("x", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	g.BindGo(fs, Defaults())
	require.NoError(t, fs.Parse([]string{"-concurrencies", "1,2", "-no-plot"}))
	o, err := Sources{Defaults: Defaults(), Flags: g.Set}.Options()
	require.NoError(t, err)
	require.Equal(t, []int{1, 2}, o.Concurrencies)
	require.True(t, o.NoPlot)
	require.Error(t, fs.Parse([]string{"-isl", "many"}))
}

func TestTablesAreSound(t *testing.T) {
	sound(t, Table(), Defaults())
	sound(t, LoadTable(), LoadDefaults())
}

func sound(t *testing.T, table []Option, defaults Options) {
	t.Helper()
	seen := map[string]bool{}
	for _, p := range table {
		for _, name := range append([]string{p.Flag, p.Short}, append(p.Aliases, p.Env...)...) {
			require.False(t, name != "" && seen[name], "%s twice", name)
			seen[name] = true
		}
		require.NotEmpty(t, p.Doc, p.Flag)
		require.NotEmpty(t, p.Env, p.Flag)
		if v := p.Get(&defaults); v != "" && p.clear == nil {
			o := Options{}
			require.NoError(t, p.Set(&o, v), p.Flag)
			require.Equal(t, v, p.Get(&o), "%s does not read what it writes", p.Flag)
		}
	}
}

func TestResolveDefaults(t *testing.T) {
	r, err := Defaults().Resolve(nil)
	require.NoError(t, err)
	require.Len(t, r.Levels, 7)
	total := 0
	for _, l := range r.Levels {
		total += l.Plan.WithDefaults(r.Warmup, r.Measure).Measure.Requests
	}
	require.Equal(t, 1265, total)
	require.Zero(t, r.Target.GPUs)
}

func TestResolveNamesAllThatIsWrong(t *testing.T) {
	t.Setenv("HF_HUB_CACHE", t.TempDir())
	o := Defaults()
	o.URL, o.ISL, o.OSL, o.ISLStd, o.Tokenizer, o.EndpointType = "ftp://x:1", 0, -5, -1, "Qwen/Qwen3", "embeddings"
	o.OnError, o.MaxErrorRate, o.Requests, o.Duration = "panic", 2, 3, Duration(time.Second)
	o.Headers, o.ExtraInputs, o.APIKeyEnv, o.Goodput = []string{"x"}, []string{"y"}, "NO_SUCH", "z:1"
	o.SLA, o.Resume, o.Fresh, o.Dialect = []string{"ttft"}, true, true, "klingon"
	_, err := o.Resolve(env(nil))
	require.ErrorIs(t, err, ErrUsage)
	for _, part := range []string{"ftp://x:1", "--isl 0", "--osl -5", "--std -1", "Qwen/Qwen3", "embeddings", "panic", "--max-error-rate 2",
		"exclude each other", "--header", "--extra-input", "NO_SUCH", "--goodput", "--sla", "klingon", "no more than 3"} {
		require.ErrorContains(t, err, part)
	}
}

func TestResolveTokenizer(t *testing.T) {
	t.Setenv("HF_HUB_CACHE", t.TempDir())
	file := filepath.Join("..", "tokens", "testdata", "qwen3.tokenizer.json")
	for _, x := range []struct{ tokenizer, model, want string }{
		{"auto", "", "approx"},
		{"auto", "org/unknown", "approx"},
		{"auto", file, file},
		{"approx", file, "approx"},
		{file, "org/unknown", file},
	} {
		o := Defaults()
		o.Tokenizer, o.Model = x.tokenizer, x.model
		r, err := o.Resolve(nil)
		require.NoError(t, err)
		require.Equal(t, x.want, r.Tokenizer.Name(), "%+v", x)
	}
	o := Defaults()
	o.Tokenizer = "org/unknown"
	_, err := o.Resolve(nil)
	require.ErrorIs(t, err, ErrUsage)
	require.ErrorIs(t, err, tokens.ErrNotFound, "one that was named must be there")
}

func TestResolveRules(t *testing.T) {
	o := Defaults()
	o.Concurrencies, o.PerSlot, o.Warmup, o.GPUs = []int{2, 50}, 10, 0, 4
	o.ExtraInputs, o.Headers = []string{"temperature:0.5", `{"nvext":{"a":1}}`, "stop:x"}, []string{"A: b:c"}
	r, err := o.Resolve(nil)
	require.NoError(t, err)
	require.Equal(t, load.Requests(20), r.Levels[0].Plan.Measure)
	require.Equal(t, load.Requests(500), r.Levels[1].Plan.Measure)
	require.Equal(t, load.NoWarmup, r.Warmup)
	require.Equal(t, "flag", r.Target.GPUsSource)
	require.Equal(t, map[string]any{"temperature": 0.5, "nvext": map[string]any{"a": 1.0}, "stop": "x"}, r.Extra)
	require.Equal(t, "b:c", r.Headers.Get("A"))

	require.Zero(t, r.Levels[1].Plan.Spread)
	o.Ramp = Duration(3 * time.Second)
	r, err = o.Resolve(nil)
	require.NoError(t, err)
	require.Equal(t, 3*time.Second, r.Levels[1].Plan.Spread)
	open := o
	open.Rates = Rates{5}
	_, err = open.Resolve(nil)
	require.ErrorContains(t, err, "--ramp")

	o.Requests = 10
	_, err = o.Resolve(nil)
	require.ErrorContains(t, err, "--allow-short")
	o.AllowShort = true
	_, err = o.Resolve(nil)
	require.NoError(t, err)
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("isl: 5\n"))
	f.Add([]byte(`{"schema":"bench.run/1","config":{"isl":1}}`))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		o := Defaults()
		if o.parse("f", raw) == nil {
			_, _ = o.Resolve(nil)
		}
	})
}
