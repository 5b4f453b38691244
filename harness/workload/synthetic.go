package workload

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/dynbench/dynbench/harness/tokens"
)

// Defaults of Synthetic, as the original benchmark has them.
const (
	DefaultISL    = 2000
	DefaultISLStd = 10
	DefaultOSL    = 256
)

// NoOSL, as Synthetic.OSL, asks for no length: the model ends by itself.
const NoOSL = -1

// Synthetic asks single chat turns of random words. Input lengths are drawn
// from a normal distribution, output lengths are fixed. All prompts of a run
// differ from their first tokens on, and two runs with different salts share
// none: nothing that is measured was warmed by what came before.
type Synthetic struct {
	ISL    int // mean prompt tokens, at least 1; 0: DefaultISL
	ISLStd int // standard deviation of it; draws below 1 are drawn again
	OSL    int // output tokens asked for, at least 1; 0: DefaultOSL; or NoOSL
	// Completions asks by prompt instead of by chat messages.
	Completions bool
}

func (s Synthetic) withDefaults() Synthetic {
	if s.ISL == 0 {
		s.ISL = DefaultISL
	}
	if s.OSL == 0 {
		s.OSL = DefaultOSL
	}
	return s
}

// Validate names every field that is out of range.
func (s Synthetic) Validate() error {
	s = s.withDefaults()
	var errs []error
	if s.ISL < 1 {
		errs = append(errs, fmt.Errorf("ISL %d: want at least 1 token", s.ISL))
	}
	if s.ISLStd < 0 {
		errs = append(errs, fmt.Errorf("standard deviation of the ISL %d: want 0 or more tokens", s.ISLStd))
	}
	if s.OSL < 1 && s.OSL != NoOSL {
		errs = append(errs, fmt.Errorf("OSL %d: want at least 1 token", s.OSL))
	}
	return errors.Join(errs...)
}

// String says what is asked: it appears in results and logs.
func (s Synthetic) String() string {
	s = s.withDefaults()
	osl := fmt.Sprintf("OSL %d", s.OSL)
	if s.OSL == NoOSL {
		osl = "no OSL"
	}
	return fmt.Sprintf("synthetic(ISL %d±%d, %s)", s.ISL, s.ISLStd, osl)
}

// Open returns an endless source of sessions of one turn.
func (s Synthetic) Open(_ context.Context, scope Scope) (Source, error) {
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("synthetic workload: %w", err)
	}
	if scope.Tokenizer == nil {
		scope.Tokenizer = tokens.Approx{}
	}
	return &synthetic{spec: s.withDefaults(), scope: scope, next: uint64(scope.Shard)}, nil
}

type synthetic struct {
	spec  Synthetic
	scope Scope
	next  uint64 // index of the next session of this shard among all sessions
}

func (s *synthetic) Next(ctx context.Context) (Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// Each session has a generator of its own, so that shards need not draw the
	// sessions of the others.
	rng := rand.New(rand.NewChaCha8(s.scope.seed(s.next)))
	s.next += uint64(max(s.scope.Shards, 1))
	n := normalLength(rng, s.spec.ISL, s.spec.ISLStd)
	req := &Request{InputTokens: n, MaxTokens: max(s.spec.OSL, 0)}
	if text := s.scope.Tokenizer.Text(rng, n); s.spec.Completions {
		req.Prompt = text
	} else {
		req.Messages = []Message{{Role: "user", Content: text}}
	}
	return Single(req), nil
}

// seed hashes all that tells one session's generator from another's.
func (s Scope) seed(session uint64) [32]byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(s.Seed))
	b = binary.BigEndian.AppendUint64(b, uint64(s.Repeat))
	b = binary.BigEndian.AppendUint64(b, session)
	b = binary.BigEndian.AppendUint64(b, uint64(len(s.Level)))
	b = append(b, s.Level...)
	return sha256.Sum256(append(b, s.Salt...))
}

// normalLength draws a length of at least 1 around mean.
func normalLength(rng *rand.Rand, mean, std int) int {
	if std == 0 {
		return mean
	}
	for {
		if n := int(math.Round(rng.NormFloat64()*float64(std) + float64(mean))); n >= 1 {
			return n
		}
	}
}
