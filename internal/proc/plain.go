package proc

import (
	"regexp"
	"strings"
	"unicode"
)

// escapes are the control sequences of terminals (ECMA-48): colours and moves of
// the cursor (CSI), titles and links (OSC), and the short ones.
var escapes = regexp.MustCompile(`\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-Z\\^-~]`)

// Plain is what a program wrote for a terminal as text that can stand in a
// message: without colours and other control characters, and of a line that was
// written over, as progress bars are, what was last to be seen.
func Plain(text string) string {
	if strings.IndexFunc(text, isControl) < 0 {
		return text
	}
	lines := strings.Split(escapes.ReplaceAllString(text, ""), "\n")
	for i, line := range lines {
		line = strings.TrimRight(line, "\r")
		lines[i] = line[strings.LastIndexByte(line, '\r')+1:]
	}
	return strings.Map(func(r rune) rune {
		if isControl(r) {
			return -1
		}
		return r
	}, strings.Join(lines, "\n"))
}

func isControl(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
