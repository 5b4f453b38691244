package tokens

// casePattern is that of o200k, which ends words where capitals begin.
type casePattern struct {
	digits       int
	contractions bool
}

func (p casePattern) match(c *classes, s string, i int) int {
	class, n := c.at(s, i)
	end := i
	switch {
	case class&(letters|accent) != 0:
		end = casedWord(c, s, i)
	case class&numeral == 0 && !newline(s[i]):
		if end = casedWord(c, s, i+n); end == i+n {
			end = i
		}
	}
	if end > i {
		if p.contractions {
			end += contraction(s, end)
		}
		return end
	}
	if class&numeral != 0 {
		return c.upTo(s, i, numeral, p.digits)
	}
	if end := others(c, s, i, letters|numeral, "\r\n/"); end > i {
		return end
	}
	return white(c, s, i, true)
}

// casedWord matches [U]*[L]+ and, where that fails, [U]+[L]*, U being capitals and L
// small letters, with caseless ones and accents in both. The end is i if both fail.
func casedWord(c *classes, s string, i int) int {
	end, both := i, i // of the capitals; after the last rune that is in both
	for end < len(s) {
		k, n := c.at(s, end)
		if k&(upper|caseless|accent) == 0 {
			break
		}
		end += n
		if k&upper == 0 {
			both = end
		}
	}
	switch small := c.run(s, end, lower|caseless|accent); {
	case small > end:
		return small
	case both > i: // capitals give back to the last that may be small
		return both
	}
	return end
}

// hanKana matches [一-龥぀-ゟ゠-ヿ]+.
func hanKana(_ *classes, s string, i int) int {
	// All of U+3040 to U+30FF and U+4E00 to U+9FA5 are of three bytes.
	for i+2 < len(s) && s[i] >= 0xE3 && s[i] <= 0xE9 {
		r := rune(s[i]&0x0F)<<12 | rune(s[i+1]&0x3F)<<6 | rune(s[i+2]&0x3F)
		if s[i+1]&0xC0 != 0x80 || s[i+2]&0xC0 != 0x80 || (r < 0x3040 || r > 0x30FF) && (r < 0x4E00 || r > 0x9FA5) {
			break
		}
		i += 3
	}
	return i
}

// deepSeek matches the last of DeepSeek's three patterns.
func deepSeek(c *classes, s string, i int) int {
	class, n := c.at(s, i)
	if b := s[i]; b < 0x80 && class&(punct|sign) != 0 {
		end := i + 1
		for end < len(s) && 'a' <= s[end]|0x20 && s[end]|0x20 <= 'z' {
			end++
		}
		if end > i+1 {
			return end
		}
	}
	switch {
	case class&(letters|accent) != 0:
		return c.run(s, i+n, letters|accent)
	case class&(punct|sign) == 0 && !newline(s[i]):
		if k, size := c.at(s, i+n); k&(letters|accent) != 0 {
			return c.run(s, i+n+size, letters|accent)
		}
	}
	k := i
	if s[i] == ' ' {
		k++
	}
	if end := c.run(s, k, punct|sign); end > k {
		for end < len(s) && newline(s[end]) {
			end++
		}
		return end
	}
	return white(c, s, i, true)
}
