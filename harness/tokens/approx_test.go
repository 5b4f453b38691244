package tokens

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestApproxCountsItsOwnTextsExactly(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		text := Approx{}.Text(rng, n)
		require.Equal(t, n, Approx{}.Count(text), "%q", text)
	}
}

func TestApproxCount(t *testing.T) {
	for text, want := range map[string]int{
		"":                     0,
		"hello":                1,
		"hello world":          2,
		"hello, world":         3,
		"internationalization": 2, // twenty letters
		"2026":                 2,
		" 2026":                2,
		"a  b":                 3, // two blanks are a token of their own
		"你好世界":                 4,
		"x=1;":                 4,
		"\n\n":                 1,
		" ":                    1,
	} {
		require.Equal(t, want, Approx{}.Count(text), "%q", text)
	}
}

func TestApproxTextIsDeterministicAndDistinct(t *testing.T) {
	draw := func(seed uint64) string { return Approx{}.Text(rand.New(rand.NewPCG(seed, 0)), 64) }
	require.Equal(t, draw(7), draw(7))
	require.NotEqual(t, draw(7), draw(8))
}

func TestWordsAreDistinctAndPlain(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range words {
		require.LessOrEqual(t, len(w), letterRun, w)
		seen[w] = true
	}
	require.Greater(t, len(seen), 512)
}

func FuzzApprox(f *testing.F) {
	for _, s := range []string{"", "a b", "  ", "\xff\xfe", "日本 語", "a1b2", "é́", strings.Repeat("x", 50)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var joined strings.Builder
		pieces(s, func(p string) {
			require.NotEmpty(t, p)
			joined.WriteString(p)
		})
		require.Equal(t, s, joined.String())
		require.Len(t, Approx{}.Encode(nil, s), Approx{}.Count(s))
	})
}

func BenchmarkApproxEncode(b *testing.B) {
	text := Approx{}.Text(rand.New(rand.NewPCG(1, 1)), 2000)
	b.SetBytes(int64(len(text)))
	var ids []int32
	for b.Loop() {
		ids = Approx{}.Encode(ids[:0], text)
	}
}
