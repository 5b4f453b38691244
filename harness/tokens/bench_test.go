package tokens

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// vocabularies are those of DYNBENCH_TOKENS_CHECK, else the small ones.
func vocabularies(t testing.TB) []string {
	t.Helper()
	pattern := filepath.Join("testdata", "*.tokenizer.json")
	if dir := os.Getenv("DYNBENCH_TOKENS_CHECK"); dir != "" {
		pattern = filepath.Join(dir, "*", fileName)
	}
	paths, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	return paths
}

func vocabularyName(path string) string {
	if base := filepath.Base(path); base != fileName {
		return strings.TrimSuffix(base, "."+fileName)
	}
	return filepath.Base(filepath.Dir(path))
}

func BenchmarkOpen(b *testing.B) {
	for _, path := range vocabularies(b) {
		b.Run(vocabularyName(path), func(b *testing.B) {
			start := cpuTime()
			for b.Loop() {
				openBPE(b, path)
			}
			b.ReportMetric((cpuTime()-start).Seconds()/float64(b.N), "cpu-s/op")
		})
	}
}

// BenchmarkEncode encodes prose, with what was met before in the cache (warm),
// and each word for the first time (cold).
func BenchmarkEncode(b *testing.B) {
	text := Approx{}.Text(rand.New(rand.NewPCG(1, 1)), 20_000)
	if path := os.Getenv("DYNBENCH_TOKENS_TEXT"); path != "" {
		data, err := os.ReadFile(path)
		require.NoError(b, err)
		text = string(data)
	}
	for _, path := range vocabularies(b) {
		tok := openBPE(b, path)
		var ids []int32
		b.Run("warm/"+vocabularyName(path), func(b *testing.B) {
			n, start := 0, cpuTime()
			for b.Loop() {
				ids = tok.Encode(ids[:0], text)
				n += len(ids)
			}
			b.ReportMetric(float64(n)/(cpuTime()-start).Seconds(), "tokens/cpu-s")
		})
		b.Run("cold/"+vocabularyName(path), func(b *testing.B) {
			n, start := 0, cpuTime()
			for b.Loop() {
				tok.cache = newCache()
				ids = tok.Encode(ids[:0], text)
				n += len(ids)
			}
			b.ReportMetric(float64(n)/(cpuTime()-start).Seconds(), "tokens/cpu-s")
		})
	}
}

func BenchmarkText(b *testing.B) {
	for _, path := range vocabularies(b) {
		tok := openBPE(b, path)
		rng := rand.New(rand.NewPCG(1, 1))
		b.Run(vocabularyName(path), func(b *testing.B) {
			for b.Loop() {
				tok.Text(rng, 2000)
			}
		})
	}
}
