package harness

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/harness/tokens"
)

// pinned is a tokenizer of a known commit.
type pinned struct{ tokens.Approx }

func (pinned) Revision() string { return "c1f2e3" }

func TestTokenizerRevisionIsKept(t *testing.T) {
	for want, tok := range map[string]tokens.Tokenizer{"": tokens.Approx{}, "c1f2e3": pinned{}} {
		m := measurement{sweep: Sweep{Tokenizer: tok}.withDefaults()}
		require.Equal(t, want, m.describe().TokenizerRevision)
	}
}
