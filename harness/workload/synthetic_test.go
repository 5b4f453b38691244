package workload

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/tokens"
)

// draw returns the first n requests of a workload in a scope.
func draw(t *testing.T, w Workload, s Scope, n int) []*Request {
	t.Helper()
	src, err := w.Open(t.Context(), s)
	require.NoError(t, err)
	var all []*Request
	for range n {
		session, err := src.Next(t.Context())
		require.NoError(t, err)
		req, delay, err := session.Next(nil)
		require.NoError(t, err)
		require.Zero(t, delay)
		all = append(all, req)
		_, _, err = session.Next(&Reply{})
		require.ErrorIs(t, err, io.EOF)
	}
	return all
}

func prompts(reqs []*Request) []string {
	var all []string
	for _, r := range reqs {
		all = append(all, r.Messages[0].Content)
	}
	return all
}

func TestSyntheticIsDeterministicForSeedAndSalt(t *testing.T) {
	w := Synthetic{ISL: 50, ISLStd: 5, OSL: 7}
	scope := Scope{Level: "c4", Seed: 1, Salt: "a"}
	require.Equal(t, draw(t, w, scope, 20), draw(t, w, scope, 20))
}

func TestSyntheticPromptsAreDistinct(t *testing.T) {
	w := Synthetic{ISL: 40, ISLStd: 5}
	seen := map[string]string{}
	for _, s := range []Scope{
		{Level: "c4", Seed: 1, Salt: "a"}, {Level: "c5", Seed: 1, Salt: "a"}, {Level: "c4", Seed: 2, Salt: "a"},
		{Level: "c4", Seed: 1, Salt: "b"}, {Level: "c4", Repeat: 1, Seed: 1, Salt: "a"},
	} {
		for _, p := range prompts(draw(t, w, s, 200)) {
			// Eight words are 72 random bits: what differs there shares no KV block.
			head := strings.Join(strings.Fields(p)[:8], " ")
			require.NotContains(t, seen, head, "scope %+v repeats a prompt", s)
			seen[head] = s.Level
		}
	}
}

func TestSyntheticShardsAreTheWhole(t *testing.T) {
	w := Synthetic{ISL: 10}
	whole := prompts(draw(t, w, Scope{Level: "c1", Seed: 3}, 12))
	for shard := range 3 {
		share := prompts(draw(t, w, Scope{Level: "c1", Seed: 3, Shard: shard, Shards: 3}, 4))
		for i, p := range share {
			require.Equal(t, whole[3*i+shard], p)
		}
	}
}

func TestSyntheticLengths(t *testing.T) {
	sum := 0
	reqs := draw(t, Synthetic{ISL: 100, ISLStd: 10, OSL: 9}, Scope{Level: "c1"}, 1000)
	for _, r := range reqs {
		require.Equal(t, r.InputTokens, tokens.Approx{}.Count(r.Messages[0].Content))
		require.Equal(t, 9, r.MaxTokens)
		sum += r.InputTokens
	}
	require.InDelta(t, 100, float64(sum)/1000, 1.5) // five standard errors
}

func TestSyntheticCompletions(t *testing.T) {
	r := draw(t, Synthetic{ISL: 5, Completions: true}, Scope{Level: "c1"}, 1)[0]
	require.Empty(t, r.Messages)
	require.Equal(t, 5, tokens.Approx{}.Count(r.Prompt))
}

func TestSyntheticWithoutALength(t *testing.T) {
	w := Synthetic{ISL: 5, OSL: NoOSL}
	require.NoError(t, w.Validate())
	require.Zero(t, draw(t, w, Scope{Level: "c1"}, 1)[0].MaxTokens)
	require.Equal(t, "synthetic(ISL 5±0, no OSL)", w.String())
}

func TestSyntheticRefusesBadLengths(t *testing.T) {
	_, err := Synthetic{ISL: -1, ISLStd: -2, OSL: -3}.Open(context.Background(), Scope{})
	require.ErrorContains(t, err, "ISL -1")
	require.ErrorContains(t, err, "deviation of the ISL -2")
	require.ErrorContains(t, err, "OSL -3")
}
