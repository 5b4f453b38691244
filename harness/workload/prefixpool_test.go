package workload

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/tokens"
)

var poolScope = Scope{Level: "prefix_ratio_0.5_seed_0", Seed: 1, Salt: "a"}

func vocabulary(t *testing.T, name string) tokens.Tokenizer {
	t.Helper()
	tok, err := tokens.Open("../tokens/testdata/" + name + ".tokenizer.json")
	require.NoError(t, err)
	return tok
}

func TestPrefixPoolLengthsAreTheOriginals(t *testing.T) {
	for _, c := range []struct {
		ratio                  float64
		prefix, body, std, osl int
	}{
		{0.1, 1400, 12600, 3150, 50}, {0.3, 4200, 9800, 2450, 50}, {0.5, 7000, 7000, 1750, 50},
		{0.7, 9800, 4200, 1050, 50}, {0.9, 12600, 1399, 350, 50}, {0, 0, 14000, 3500, 50}, {1, 14000, 0, 0, 50},
	} {
		p := PrefixPool{Ratio: c.ratio}
		require.Equal(t, c.prefix, p.PrefixTokens(), "ratio %g", c.ratio)
		require.Equal(t, c.body, p.BodyTokens(), "ratio %g", c.ratio)
		require.Equal(t, c.std, p.withDefaults().BodyStd, "ratio %g", c.ratio)
		require.Equal(t, c.osl, p.withDefaults().OSLStd)
	}
	require.Equal(t, 2, quarter(10), "halves go to even")
	require.Equal(t, 4, quarter(14))
}

// Every prompt is a whole prefix and a body, counts exactly what both have, and
// shares as many tokens with its siblings as the prefix has.
func TestPrefixPoolCountsExactly(t *testing.T) {
	for _, tok := range []tokens.Tokenizer{
		tokens.Approx{}, vocabulary(t, "qwen3"), vocabulary(t, "llama3"), vocabulary(t, "gemma3"), vocabulary(t, "llama2"),
	} {
		t.Run(tok.Name(), func(t *testing.T) {
			p := PrefixPool{ISL: 300, OSL: 20, Ratio: 0.6, Prefixes: 5}
			scope := poolScope
			scope.Tokenizer = tok
			groups := map[string]int{}
			for _, r := range draw(t, p, scope, 60) {
				text := r.Messages[0].Content
				ids := tok.Encode(nil, text)
				require.Len(t, ids, r.InputTokens)
				require.GreaterOrEqual(t, r.InputTokens, 180)
				require.GreaterOrEqual(t, r.MaxTokens, 1)
				groups[fmt.Sprint(ids[:178])]++ // the last ones may join the body's first
			}
			require.LessOrEqual(t, len(groups), 5, "no more prefixes than the pool has")
			require.Greater(t, len(groups), 3)
		})
	}
}

func TestPrefixPoolIsDeterministicAndCold(t *testing.T) {
	p := PrefixPool{ISL: 100, Ratio: 0.5, Prefixes: 3}
	require.Equal(t, draw(t, p, poolScope, 20), draw(t, p, poolScope, 20))
	head := func(p PrefixPool, s Scope) string {
		return strings.Join(strings.Fields(prompts(draw(t, p, s, 1))[0])[:8], " ")
	}
	seen := map[string]bool{}
	other := p
	other.Offset = 1
	own := p
	own.Pool = "url-1"
	for _, h := range []string{
		head(p, poolScope), head(other, poolScope), head(own, poolScope),
		head(p, Scope{Level: poolScope.Level, Seed: 1, Salt: "b"}), head(p, Scope{Level: "other", Seed: 1, Salt: "a"}),
		head(p, Scope{Level: poolScope.Level, Seed: 1, Salt: "a", Repeat: 1}),
	} {
		require.False(t, seen[h], "a prompt begins as one of another place did: %s", h)
		seen[h] = true
	}
}

// The ratio k of a sweep runs with the seed of the run plus k.
func TestPrefixPoolOffset(t *testing.T) {
	shifted := poolScope
	shifted.Seed += 3
	require.Equal(t, draw(t, PrefixPool{ISL: 60, Ratio: 0.5}, shifted, 5), draw(t, PrefixPool{ISL: 60, Ratio: 0.5, Offset: 3}, poolScope, 5))
}

// Branches share prefixes and nothing else.
func TestPrefixPoolBranches(t *testing.T) {
	prefixes := func(branch string) (heads, whole map[string]bool) {
		heads, whole = map[string]bool{}, map[string]bool{}
		for _, text := range prompts(draw(t, PrefixPool{ISL: 80, Ratio: 0.5, Prefixes: 2, Branch: branch}, poolScope, 40)) {
			heads[strings.Join(strings.Fields(text)[:40], " ")] = true
			whole[text] = true
		}
		return heads, whole
	}
	heads, whole := prefixes("a")
	otherHeads, otherWhole := prefixes("b")
	require.Equal(t, heads, otherHeads)
	for text := range otherWhole {
		require.False(t, whole[text])
	}
}

func TestPrefixPoolShardsAreTheWhole(t *testing.T) {
	for _, balanced := range []bool{false, true} {
		p := PrefixPool{ISL: 40, Ratio: 0.5, Prefixes: 4, Balanced: balanced}
		whole := prompts(draw(t, p, poolScope, 24))
		for shard := range 3 {
			scope := poolScope
			scope.Shard, scope.Shards = shard, 3
			for i, text := range prompts(draw(t, p, scope, 8)) {
				require.Equal(t, whole[3*i+shard], text)
			}
		}
	}
}

func TestPrefixPoolGroups(t *testing.T) {
	count := func(balanced bool) map[string]int {
		groups := map[string]int{}
		for _, text := range prompts(draw(t, PrefixPool{ISL: 40, Ratio: 0.5, Prefixes: 20, Balanced: balanced}, poolScope, 200)) {
			groups[strings.Join(strings.Fields(text)[:20], " ")]++
		}
		return groups
	}
	even := count(true)
	require.Len(t, even, 20)
	uneven, same := count(false), 0
	for _, n := range even {
		require.Equal(t, 10, n)
	}
	square := 0.0
	for _, n := range uneven {
		square += float64((n - 10) * (n - 10))
		if n == 10 {
			same++
		}
	}
	// A multinomial of 200 over 20 has a variance of 9.5 a group.
	require.InDelta(t, 9.5, square/20, 9)
	require.Less(t, same, 20)
}

func TestPrefixPoolBodies(t *testing.T) {
	p := PrefixPool{ISL: 200, Ratio: 0.5, Prefixes: 2}
	sum, least, osl := 0, 1<<30, 0
	const n = 800
	for _, r := range draw(t, p, poolScope, n) {
		sum += r.InputTokens
		least = min(least, r.InputTokens)
		osl += r.MaxTokens
	}
	require.InDelta(t, 200.5, float64(sum)/n, 5, "five standard errors, and half a token of rounding up")
	require.InDelta(t, 200.5, float64(osl)/n, 9)
	require.GreaterOrEqual(t, least, 100)
	for _, r := range draw(t, PrefixPool{ISL: 200, OSL: 5, Ratio: 0.5, BodyStd: NoStd, OSLStd: NoStd}, poolScope, 20) {
		require.Equal(t, 200, r.InputTokens)
		require.Equal(t, 5, r.MaxTokens)
	}
}

func TestPrefixPoolAtTheEnds(t *testing.T) {
	control := PrefixPool{ISL: 50, BodyStd: NoStd}
	require.False(t, control.Reuses())
	require.True(t, PrefixPool{Ratio: 0.1}.Reuses())
	seen := map[string]bool{}
	for _, text := range prompts(draw(t, control, poolScope, 50)) {
		require.Equal(t, 50, tokens.Approx{}.Count(text))
		head := strings.Join(strings.Fields(text)[:8], " ")
		require.False(t, seen[head], "the control repeats a prompt")
		seen[head] = true
	}
	all := draw(t, PrefixPool{ISL: 50, Ratio: 1, Prefixes: 1}, poolScope, 3)
	require.Equal(t, all[0].Messages, all[2].Messages, "the whole prompt is the prefix")
	r := draw(t, PrefixPool{ISL: 50, Ratio: 0.5, Completions: true}, poolScope, 1)[0]
	require.NotEmpty(t, r.Prompt)
	require.Empty(t, r.Messages)
	ids := draw(t, PrefixPool{ISL: 50, Ratio: 0.5, TokenIDs: true}, poolScope, 1)[0]
	require.Equal(t, tokens.Approx{}.Encode(nil, r.Prompt), ids.Tokens)
	require.Empty(t, ids.Prompt)
}

func TestPrefixPoolRefusesBadFields(t *testing.T) {
	_, err := PrefixPool{ISL: -1, OSL: -2, Prefixes: -3, BodyStd: -4}.Open(t.Context(), Scope{})
	for _, want := range []string{"ISL -1", "OSL -2", "-3 prefixes", "deviations -4"} {
		require.ErrorContains(t, err, want)
	}
	require.ErrorContains(t, PrefixPool{Ratio: 1.5}.Validate(), "prefix ratio 1.5: want 0 to 1")
	require.ErrorContains(t, PrefixPool{ISL: 1, Ratio: 0.5}.Validate(), "leaves no token")
	require.NoError(t, PrefixPool{}.Validate())
	for want, p := range map[string]PrefixPool{
		"ISL 1000000000000 and OSL 200: want at most 10000000 tokens":   {ISL: 1e12},
		"and OSL 9223372036854775807: want":                             {OSL: math.MaxInt},
		"200000 prefixes of 7000 tokens: want at most 1000000000":       {Ratio: 0.5, Prefixes: 200_000},
		"9223372036854775807 prefixes of 12600 tokens":                  {Ratio: 0.9, Prefixes: math.MaxInt},
		"deviations 20000000 of bodies and 50 of the OSL: want at most": {BodyStd: 20_000_000},
	} {
		require.ErrorContains(t, p.Validate(), want)
	}
	require.NoError(t, PrefixPool{Ratio: 0.5, ISL: 1000, Prefixes: 2_000_000}.Validate(), "as many as can be")
	require.NoError(t, PrefixPool{Prefixes: math.MaxInt}.Validate(), "none of them is drawn")
	require.Equal(t, "prefix pool(20 of 12600 tokens, drawn, bodies 1399±350, OSL 200±50)", PrefixPool{Ratio: 0.9}.String())
}
