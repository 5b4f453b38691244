package tokens

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

const (
	cl100k = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	qwen35 = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	o200k  = `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|` +
		`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|` +
		`\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	gpt2Text     = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
	deepSeekText = "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|" +
		"\\s*[\r\n]+|\\s+(?!\\S)|\\s+"
)

func withoutContractions(s string) string {
	return strings.ReplaceAll(s, `(?i:'s|'t|'re|'ve|'m|'ll|'d)?`, "")
}

var byHandPatterns = []string{
	cl100k, strings.Replace(cl100k, "{1,3}", "", 1), qwen35, o200k, strings.Replace(o200k, "{1,3}", "", 1),
	withoutContractions(o200k), withoutContractions(strings.Replace(o200k, "{1,3}", "", 1)),
	gpt2Text, deepSeekText, `\p{N}{1,3}`, `\p{N}`, `[一-龥぀-ゟ゠-ヿ]+`,
}

// FuzzPatterns holds the patterns matched by hand against the general engine.
func FuzzPatterns(f *testing.F) {
	for _, s := range []string{
		"", "it's IT'S don'T we'LL 'x", "a  b   c\n\n d \t\n", "x1234567 12", "HTTPServer aBC AbćD \u0301AB ǅa ʰA", "a/b//\r\n/c", " !?\r\n\n x",
		"日本語カナ ひら。abc中", "\x00\x01a\x7f", "é́ à", "\u2003\u3000x\u2028\n", "_a-b.c#d  $E", "٣٤٥٦ Ⅷ½", "😀👨‍👩‍👧 ❤️", "\xffa\xc3", "'", " ", "\n", " '", "''s",
	} {
		f.Add(s)
	}
	c := allClasses()
	type pair struct {
		hand  byHand
		regex delimited
	}
	var all []pair
	for _, text := range byHandPatterns {
		m, _ := known(text)
		require.NotNil(f, m, text)
		re, err := newRegex(text)
		require.NoError(f, err)
		all = append(all, pair{byHand{m, c}, delimited{find: re, how: isolated}})
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 1000 || strings.ContainsFunc(s, func(r rune) bool {
			// What Go's tables do not know, and what folds to an s without being one.
			return r == 'ſ' || r == unicode.ReplacementChar || c[r] != 0 && !unicode.In(r, unicode.L, unicode.N, unicode.M, unicode.P, unicode.S, unicode.White_Space)
		}) {
			return
		}
		for i, p := range all {
			want := []string{}
			if s != "" {
				want = p.regex.split(want, s, true)
			}
			got := p.hand.split([]string{}, s, true)
			require.Equal(t, want, got, "%s", byHandPatterns[i])
			require.Equal(t, s, strings.Join(got, ""))
		}
	})
}

func TestUnknownPatternsAreNotMatchedByHand(t *testing.T) {
	for _, text := range []string{"", `\p{N}{1,4}`, cl100k + "|x", strings.Replace(cl100k, "'ll", "'l", 1)} {
		m, _ := known(text)
		require.Nil(t, m, text)
	}
}

func TestLongSIsAnS(t *testing.T) {
	m, _ := known(cl100k)
	require.Equal(t, []string{"x", "'ſ", "a"}, byHand{m, allClasses()}.split(nil, "x'ſa", true))
	m, _ = known(gpt2Text)
	require.Equal(t, []string{"x", "'", "ſa"}, byHand{m, allClasses()}.split(nil, "x'ſa", true))
}

// TestClasses looks at runes of each kind, some of Unicode 15.1 and 16.0.
func TestClasses(t *testing.T) {
	c := allClasses()
	for r, want := range map[rune]uint8{
		'A': upper, 'ǅ': upper, 'z': lower, 'ʰ': caseless, '語': caseless, '\u0301': accent, '7': numeral, 'Ⅷ': numeral, '_': punct, '$': sign, '😀': sign,
		' ': space, '\u0085': space, '\u2028': space, 0: 0, '\u200d': 0, '\ue000': 0, 0x10FFFF: 0, 0x378: 0,
		0x1C89: upper, 0x1C8A: lower, 0x2EBF0: caseless, 0x1FADC: sign, 0x10D40: numeral, 0x897: accent,
		0x10940: 0, // of Unicode 17
	} {
		require.Equal(t, want, c[r], "%U", r)
	}
}

func TestBehaviors(t *testing.T) {
	for how, want := range map[behavior][]string{
		removed:            {"a", "b"},
		isolated:           {"-", "a", "-", "-", "b", "-"},
		mergedWithPrevious: {"-", "a-", "-", "b-"},
		mergedWithNext:     {"-a", "-", "-b", "-"},
		contiguous:         {"-", "a", "--", "b", "-"},
	} {
		require.Equal(t, want, delimited{find: literal("-"), how: how}.split(nil, "-a--b-", true), how)
	}
	require.Equal(t, []string{"-", "-"}, delimited{find: literal("-"), how: removed, invert: true}.split(nil, "a-b-", true))
	require.Equal(t, []string{"ab"}, delimited{find: literal("-"), how: removed}.split(nil, "ab", true))
}
