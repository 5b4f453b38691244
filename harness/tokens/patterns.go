package tokens

import "strings"

// match returns the end of the match of a pattern that begins at s[i], and i
// if none does. The rune at i exists.
type match func(c *classes, s string, i int) int

// known are the patterns that are matched by hand: those of GPT-2, cl100k (with
// Llama 3 and Qwen), o200k (with Llama 4 and Mistral) and DeepSeek. all says
// that each rune of any text is part of a match.
func known(pattern string) (m match, all bool) {
	const (
		contractions = `(?i:'s|'t|'re|'ve|'m|'ll|'d)`
		rest         = `\s*[\r\n]+|\s+(?!\S)|\s+`
		marks        = ` ?[^\s\p{L}\p{N}]+[\r\n]*|` + rest
		word         = `[^\r\n\p{L}\p{N}]?\p{L}+|`
		lowered      = `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+`
		uppered      = `[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*`
		cased        = lowered + contractions + `?|` + uppered + contractions + `?|`
		slashes      = ` ?[^\s\p{L}\p{N}]+[\r\n/]*|` + rest
	)
	switch strings.NewReplacer("\r", `\r`, "\n", `\n`).Replace(pattern) {
	case `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`:
		return gpt2, true
	case contractions + `|` + word + `\p{N}{1,3}|` + marks:
		return wordPattern{digits: 3, letters: letters}.match, true
	case contractions + `|` + word + `\p{N}|` + marks:
		return wordPattern{digits: 1, letters: letters}.match, true
	case contractions + `|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|` + rest:
		return wordPattern{digits: 1, letters: letters | accent}.match, true
	case cased + `\p{N}{1,3}|` + slashes:
		return casePattern{digits: 3, contractions: true}.match, true
	case cased + `\p{N}|` + slashes:
		return casePattern{digits: 1, contractions: true}.match, true
	case lowered + `|` + uppered + `|\p{N}{1,3}|` + slashes:
		return casePattern{digits: 3}.match, true
	case lowered + `|` + uppered + `|\p{N}|` + slashes:
		return casePattern{digits: 1}.match, true
	case `\p{N}{1,3}`:
		return func(c *classes, s string, i int) int { return c.upTo(s, i, numeral, 3) }, false
	case `\p{N}`:
		return func(c *classes, s string, i int) int { return c.upTo(s, i, numeral, 1) }, false
	case `[一-龥぀-ゟ゠-ヿ]+`:
		return hanKana, false
	case "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|" +
		`[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|` + rest:
		return deepSeek, false
	}
	return nil, false
}

func newline(b byte) bool { return b == '\r' || b == '\n' }

// contraction returns the length of 's, 't, 're, 've, 'm, 'll or 'd in any
// case at s[i:], 0 for none. The long s is an s.
func contraction(s string, i int) int {
	if i+1 >= len(s) || s[i] != '\'' {
		return 0
	}
	switch s[i+1] | 0x20 {
	case 's', 't', 'm', 'd':
		return 2
	case 'r', 'v':
		if i+2 < len(s) && s[i+2]|0x20 == 'e' {
			return 3
		}
	case 'l':
		if i+2 < len(s) && s[i+2]|0x20 == 'l' {
			return 3
		}
	}
	if strings.HasPrefix(s[i+1:], "ſ") {
		return 3
	}
	return 0
}

// white matches \s*[\r\n]+|\s+(?!\S)|\s+, without lines the last two alone.
func white(c *classes, s string, i int, lines bool) int {
	end, last, line := i, i, i // of the run; where its last rune begins; after its last newline
	for end < len(s) {
		k, n := c.at(s, end)
		if k&space == 0 {
			break
		}
		last = end
		end += n
		if newline(s[last]) {
			line = end
		}
	}
	switch {
	case lines && line > i:
		return line
	case end == len(s) || last == i:
		return end
	}
	return last
}

// others matches " ?[^\s..]+" followed by bytes of tail, where not are the
// classes between the brackets.
func others(c *classes, s string, i int, not uint8, tail string) int {
	k := i
	if s[i] == ' ' {
		k++
	}
	end := c.runNot(s, k, not|space)
	if end == k {
		return i
	}
	for end < len(s) && strings.IndexByte(tail, s[end]) >= 0 {
		end++
	}
	return end
}

func gpt2(c *classes, s string, i int) int {
	// Its contractions are lower case alone.
	if n := contraction(s, i); n > 0 && s[i+1:i+n] == strings.ToLower(s[i+1:i+n]) && s[i+1] < 0x80 {
		return i + n
	}
	k := i
	if s[i] == ' ' && i+1 < len(s) {
		k++
	}
	switch class, n := c.at(s, k); {
	case class&letters != 0:
		return c.run(s, k+n, letters)
	case class&numeral != 0:
		return c.run(s, k+n, numeral)
	case class&space == 0:
		return c.runNot(s, k+n, space|letters|numeral)
	}
	return white(c, s, i, false)
}

// wordPattern is that of cl100k, with the most digits of a number, and what
// counts as a letter.
type wordPattern struct {
	digits  int
	letters uint8
}

func (p wordPattern) match(c *classes, s string, i int) int {
	class, n := c.at(s, i)
	if s[i] == '\'' {
		if k := contraction(s, i); k > 0 {
			return i + k
		}
	}
	switch {
	case class&p.letters != 0:
		return c.run(s, i+n, p.letters)
	case class&numeral != 0:
		return c.upTo(s, i, numeral, p.digits)
	case !newline(s[i]):
		if k, size := c.at(s, i+n); k&p.letters != 0 {
			return c.run(s, i+n+size, p.letters)
		}
	}
	if end := others(c, s, i, p.letters|numeral, "\r\n"); end > i {
		return end
	}
	return white(c, s, i, true)
}
