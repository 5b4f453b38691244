package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNormalize(t *testing.T) {
	for in, want := range map[string]string{
		"benchmark --benchmark_name x --endpoint_url u":  "benchmark --benchmark-name=x --endpoint-url=u",
		"benchmark --bench x":                            "benchmark --benchmark-name=x",
		"benchmark --conc 1 2 5 --osl 3":                 "benchmark --concurrencies=1 2 5 --osl=3",
		"benchmark --concurrencies=1 2 5":                "benchmark --concurrencies=1 2 5",
		"benchmark --concurrencies 1,2, 5":               "benchmark --concurrencies=1,2, 5",
		"benchmark -m M -i 5 -s 1 -o 2 -d out --verbose": "benchmark --model=M --isl=5 --std=1 --osl=2 --output-dir=out --verbose=true",
		"benchmark -mM -i=5":                             "benchmark --model=M --isl=5",
		"benchmark --isl -5":                             "benchmark --isl=-5",
		"benchmark --model=--x":                          "benchmark --model=--x",
		"benchmark --requests 5 --requests_p 3":          "benchmark --requests=5 --requests-per-slot=3",
		"benchmark --resume=false":                       "benchmark --resume=false",
		"benchmark --sla a --sla b --assert c":           "benchmark --sla=a --sla=b --assert=c",
		"benchmark -H a:b -H c:d":                        "benchmark --header=a:b --header=c:d",
		"benchmark stray":                                "benchmark stray",
		"benchmark -- --isl":                             "benchmark -- --isl",
		"plot --data_dir d --benchmark-name a b":         "plot --data-dir=d --benchmark-name=a --benchmark-name=b",
		"plot --benchmark-name a --benchmark_name b":     "plot --benchmark-name=a --benchmark-name=b",
		"validate d":                                     "validate d",
		"completion bash":                                "completion bash",
		"help benchmark":                                 "help benchmark",
		"":                                               "",
		"--help":                                         "--help=true",
		"-h":                                             "--help=true",
		"__complete benchmark --ben":                     "__complete benchmark --ben",
	} {
		got, err := normalize(newRootCommand(&Process{}), strings.Fields(in))
		require.NoError(t, err, in)
		require.Equal(t, want, strings.Join(got, " "), in)
	}
}

func TestNormalizeRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"bench":                                `dynbench has no command "bench"`,
		"benchmrk":                             "did you mean dynbench benchmark?",
		"benchmark --isll 5":                   "did you mean --isl?",
		"benchmark --endpoint-ulr x":           "did you mean --endpoint-url?",
		"benchmark --xyzzy-plugh":              "dynbench benchmark --help lists the flags",
		"benchmark --re 5":                     "--ready-timeout, --requests, --requests-per-slot, --request-rate, --repeats, --resume",
		"benchmark --end x":                    "--endpoint-url, --endpoint-type",
		"benchmark --":                         "",
		"benchmark --isl":                      "--isl needs a value: --isl N",
		"benchmark --isl --osl 5":              "--isl needs a value: --isl N",
		"benchmark --isl 5 -i 6":               "--isl is given twice",
		"benchmark --concurrencies 1 --conc 2": "which may be a list: 1,2,5",
		"benchmark --resume --resume":          "--resume is given twice",
		"benchmark -x":                         "dynbench benchmark has no flag -x",
		"benchmark -verbose":                   "did you mean --verbose?",
		"completion tcsh":                      `dynbench completion has no command "tcsh"`,
	} {
		_, err := normalize(newRootCommand(&Process{}), strings.Fields(in))
		if want == "" {
			require.NoError(t, err, in)
			continue
		}
		require.Error(t, err, in)
		require.ErrorIs(t, err, errUsage, in)
		require.Contains(t, err.Error()+"\n"+next("dynbench", err), want, in)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"isl", "isl", 0}, {"isl", "osl", 1}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"endpoint-ulr", "endpoint-url", 2}} {
		require.Equal(t, c.want, distance(c.a, c.b))
		require.Equal(t, c.want, distance(c.b, c.a))
	}
	require.Equal(t, "osl", nearest("olsl", []string{"isl-x", "osl", "model"}))
	require.Empty(t, nearest("qqqq", []string{"isl", "osl"}))
}

// FuzzNormalize holds that nothing panics, that what comes out is in its final
// form, and that all its flags are there.
func FuzzNormalize(f *testing.F) {
	for _, s := range []string{
		"benchmark\n--bench\nx", "benchmark\n--conc\n1\n2", "plot\n--benchmark-name\na\nb", "benchmark\n-mM\n-i=5", "benchmark\n--\n--x",
		"benchmark\n--isl\n-5", "-", "--", "benchmark\n--=", "benchmark\n-\n-=", "help\nplot\n-x", "plot\nx\n--benchmark-name\na", "validate\n-5", "validate\n-", "completion\nbash\n--no-descriptions",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		args := strings.Split(s, "\n")
		once, err := normalize(newRootCommand(&Process{}), args)
		if err != nil {
			require.ErrorIs(t, err, errUsage)
			require.NotEmpty(t, next("dynbench", err))
			return
		}
		twice, err := normalize(newRootCommand(&Process{}), once)
		require.NoError(t, err, "%q", once)
		require.Equal(t, once, twice)
	})
}
