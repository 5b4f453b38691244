package workload

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/dynbench/dynbench/harness/tokens"
)

// Defaults of PrefixPool, as the original router benchmark has them.
const (
	DefaultPrefixISL = 14000
	DefaultPrefixOSL = 200
	DefaultPrefixes  = 20
)

// NoStd, as a standard deviation of PrefixPool, gives every request the mean.
const NoStd = -1

// What no run needs and no machine holds: PrefixPool.Validate refuses more.
const (
	MostTokens     = 10_000_000    // of a prompt, of an answer, of a standard deviation
	MostPoolTokens = 1_000_000_000 // of all prefixes
)

// PrefixPool asks single turns that begin with one of a pool of shared prefixes
// and go on with a body of their own: the workload of the prefix-ratio sweep.
// All prefixes have exactly int(ISL*Ratio) tokens, bodies int(ISL*(1-Ratio)) on
// average. A Ratio of 0 repeats nothing: the control of such a sweep.
//
// The pool, the choice of prefixes and the bodies are drawn from generators of
// their own, so that the pool does not depend on how many requests are asked.
// Another salt, level, repeat or seed gives another pool and other bodies.
type PrefixPool struct {
	ISL      int     // mean prompt tokens; 0: DefaultPrefixISL
	OSL      int     // mean output tokens asked for; 0: DefaultPrefixOSL
	Ratio    float64 // share of the prompt that is shared, 0 to 1
	Prefixes int     // in the pool; 0: DefaultPrefixes
	// BodyStd and OSLStd are standard deviations in tokens. 0: a quarter of the
	// mean, rounded half to even; or NoStd.
	BodyStd, OSLStd int
	// Balanced gives every prefix the same number of requests, in a shuffled
	// order; otherwise each request draws its prefix, and groups are multinomial.
	Balanced bool
	// Offset is added to the seed of the run: the place of the ratio in its sweep.
	Offset int64
	// Branch tells draws that run beside each other apart: prefixes are the same,
	// their choice and the bodies are not. Pool does so for the prefixes.
	Branch, Pool string
	// Completions asks by prompt instead of by a chat message, TokenIDs by the
	// token ids of the prompt: no template is added, and routers need no tokenizer.
	Completions, TokenIDs bool
}

func (p PrefixPool) withDefaults() PrefixPool {
	if p.ISL == 0 {
		p.ISL = DefaultPrefixISL
	}
	if p.OSL == 0 {
		p.OSL = DefaultPrefixOSL
	}
	if p.Prefixes == 0 {
		p.Prefixes = DefaultPrefixes
	}
	if p.BodyStd == 0 {
		p.BodyStd = quarter(p.body())
	}
	if p.OSLStd == 0 {
		p.OSLStd = quarter(p.OSL)
	}
	return p
}

// quarter is a fourth of n, rounded half to even as Python rounds.
func quarter(n int) int { return int(math.RoundToEven(float64(n) / 4)) }

// PrefixTokens is the length of every prefix.
func (p PrefixPool) PrefixTokens() int {
	p = p.withDefaults()
	return p.prefix()
}

// BodyTokens is the mean length of bodies. The two lengths are truncated each by
// itself, as the original does: of 14,000 tokens at a ratio of 0.9 they leave
// one out.
func (p PrefixPool) BodyTokens() int {
	p = p.withDefaults()
	return p.body()
}

func (p PrefixPool) prefix() int { return int(float64(p.ISL) * p.Ratio) }
func (p PrefixPool) body() int   { return int(float64(p.ISL) * (1 - p.Ratio)) }

// Reuses says that requests share tokens by intent, so that a cache that knows
// them is no surprise.
func (p PrefixPool) Reuses() bool { return p.PrefixTokens() > 0 }

// Validate names every field that is out of range.
func (p PrefixPool) Validate() error {
	var errs []error
	if !(p.Ratio >= 0 && p.Ratio <= 1) {
		return fmt.Errorf("prefix ratio %g: want 0 to 1", p.Ratio)
	}
	p = p.withDefaults()
	if p.ISL > MostTokens || p.OSL > MostTokens {
		return fmt.Errorf("ISL %d and OSL %d: want at most %d tokens", p.ISL, p.OSL, MostTokens)
	}
	if p.ISL < 1 {
		errs = append(errs, fmt.Errorf("ISL %d: want at least 1 token", p.ISL))
	} else if p.prefix()+p.body() < 1 {
		errs = append(errs, fmt.Errorf("ISL %d at a prefix ratio of %g leaves no token: raise the ISL", p.ISL, p.Ratio))
	}
	if p.OSL < 1 {
		errs = append(errs, fmt.Errorf("OSL %d: want at least 1 token", p.OSL))
	}
	if p.Prefixes < 1 {
		errs = append(errs, fmt.Errorf("%d prefixes: want at least 1", p.Prefixes))
	} else if n := p.prefix(); n > 0 && p.Prefixes > MostPoolTokens/n {
		errs = append(errs, fmt.Errorf("%d prefixes of %d tokens: want at most %d tokens in all", p.Prefixes, n, MostPoolTokens))
	}
	if p.BodyStd < NoStd || p.OSLStd < NoStd {
		errs = append(errs, fmt.Errorf("standard deviations %d of bodies and %d of the OSL: want 0 or more tokens, or %d for none", p.BodyStd, p.OSLStd, NoStd))
	}
	if p.BodyStd > MostTokens || p.OSLStd > MostTokens {
		errs = append(errs, fmt.Errorf("standard deviations %d of bodies and %d of the OSL: want at most %d tokens", p.BodyStd, p.OSLStd, MostTokens))
	}
	return errors.Join(errs...)
}

// String says what is asked.
func (p PrefixPool) String() string {
	p = p.withDefaults()
	groups := "drawn"
	if p.Balanced {
		groups = "balanced"
	}
	return fmt.Sprintf("prefix pool(%d of %d tokens, %s, bodies %d±%d, OSL %d±%d)",
		p.Prefixes, p.prefix(), groups, p.body(), max(p.BodyStd, 0), p.OSL, max(p.OSLStd, 0))
}

// Open draws the pool and returns an endless source of sessions of one turn.
func (p PrefixPool) Open(_ context.Context, scope Scope) (Source, error) {
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("prefix pool: %w", err)
	}
	if scope.Tokenizer == nil {
		scope.Tokenizer = tokens.Approx{}
	}
	p = p.withDefaults()
	scope.Seed += p.Offset
	s := &prefixPool{spec: p, scope: scope, next: uint64(scope.Shard), block: noBlock}
	if n := p.prefix(); n > 0 {
		rng := scope.generator("pool/"+p.Pool, 0)
		for range p.Prefixes {
			s.pool = append(s.pool, scope.Tokenizer.Text(rng, n))
		}
	}
	return s, nil
}

type prefixPool struct {
	spec  PrefixPool
	scope Scope
	pool  []string // empty for a ratio of 0
	next  uint64   // index of the next session of this shard among all sessions

	block uint64 // of the balanced groups that order is of
	order []int
}

const noBlock = math.MaxUint64

func (s *prefixPool) Next(ctx context.Context) (Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	i := s.next
	s.next += uint64(max(s.scope.Shards, 1))
	rng := s.scope.generator("body/"+s.spec.Branch, i)
	req := &Request{MaxTokens: max(1, positiveNormal(rng, s.spec.OSL, s.spec.OSLStd))}
	body := positiveNormal(rng, s.spec.body(), s.spec.BodyStd)
	prefix := ""
	if len(s.pool) > 0 {
		prefix = s.pool[s.group(i)]
	} else {
		body = max(1, body)
	}
	text, n := s.prompt(rng, prefix, body)
	req.InputTokens = n
	switch {
	case s.spec.TokenIDs:
		req.Tokens = s.scope.Tokenizer.Encode(make([]int32, 0, n), text)
	case s.spec.Completions:
		req.Prompt = text
	default:
		req.Messages = []Message{{Role: "user", Content: text}}
	}
	return Single(req), nil
}

// group is the prefix of session i. Balanced sessions come in blocks of one
// each, every block in an order of its own.
func (s *prefixPool) group(i uint64) int {
	n := uint64(len(s.pool))
	if !s.spec.Balanced {
		return s.scope.generator("group/"+s.spec.Branch, i).IntN(int(n))
	}
	if block := i / n; block != s.block {
		s.block, s.order = block, s.scope.generator("block/"+s.spec.Branch, block).Perm(int(n))
	}
	return s.order[i%n]
}

// seamTries bounds the draws of a body whose tokens join those of its prefix.
const seamTries = 8

// prompt puts a body of n tokens behind the prefix so that the whole has exactly
// as many tokens as both, and returns how many it has. Vocabularies in which a
// word at the seam joins another need a body a token longer or shorter.
func (s *prefixPool) prompt(rng *rand.Rand, prefix string, n int) (text string, count int) {
	tok := s.scope.Tokenizer
	if prefix == "" {
		text = tok.Text(rng, n)
		return text, tok.Count(text)
	}
	want := s.spec.prefix() + n
	for try, length := 0, n; ; try++ {
		text = prefix
		if length > 0 {
			text += " " + tok.Text(rng, length)
		}
		count = tok.Count(text)
		if count == want || try == seamTries {
			return text, count
		}
		length = max(0, length+want-count)
	}
}

// generator is a generator of the scope for one purpose and place.
func (s Scope) generator(purpose string, n uint64) *rand.Rand {
	s.Salt = purpose + "\x00" + s.Salt
	return rand.New(rand.NewChaCha8(s.seed(n)))
}

// positiveNormal draws from a normal distribution again until the draw is not
// negative, and rounds up, as AIPerf draws lengths.
func positiveNormal(rng *rand.Rand, mean, std int) int {
	if std <= 0 {
		return mean
	}
	for {
		if x := rng.NormFloat64()*float64(std) + float64(mean); x >= 0 {
			return int(math.Ceil(x))
		}
	}
}
