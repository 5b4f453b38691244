package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestWrapped(t *testing.T) {
	words := strings.Fields(strings.Repeat("word ", 20))
	text := strings.Join(words, " ")
	require.Equal(t, text[:79]+"\n"+text[80:], wrapped(words, 0))
	require.Equal(t, 4, strings.Count(wrapped(words, 60), "\n"+strings.Repeat(" ", 60)+"word"), "the later lines are below the first")
	long := strings.Repeat("x", 90)
	require.Equal(t, "a\n"+long+"\nb", wrapped([]string{"a", long, "b"}, 0))
	require.Empty(t, wrapped(nil, 10))
}

func TestReflow(t *testing.T) {
	require.Equal(t, "one two\n\n  a list\n  as it is", reflow("one\ntwo\n\n  a list\n  as it is\n"))
}

// Help fits a terminal of 80 columns; examples are lines to copy.
func TestHelpFits(t *testing.T) {
	for _, c := range commands() {
		b := &bench{t: t, ctx: t.Context()}
		o := b.run(append(strings.Fields(nameIn(c)), "--help")...)
		head, rest, _ := strings.Cut(o.Out, "\nExamples:\n")
		if _, flags, ok := strings.Cut(rest, "\n\nFlags:\n"); ok {
			head += flags
		}
		for line := range strings.Lines(head) {
			require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\n")), helpWidth, "%s: %s", nameIn(c), line)
		}
	}
}
