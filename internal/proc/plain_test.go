package proc_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dynbench/dynbench/internal/proc"
)

func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"":             "",
		"as\tit\nis ü": "as\tit\nis ü",
		"\x1b[2m2026-01-01\x1b[0m \x1b[31mERROR\x1b[0m router: no worker": "2026-01-01 ERROR router: no worker",
		"\x1b[1;38;5;200mpink\x1b[m":                                      "pink",
		"\x1b]0;a title\x07shell":                                         "shell",
		"\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\":                        "link",
		"\x1b(B\x1b=short\x1bM":                                           "short",
		"load:  10%\rload: 100%\r\nup\r":                                  "load: 100%\nup",
		"a [31m that was never a sequence":                                "a [31m that was never a sequence",
		"cut off \x1b[3":                                                  "cut off [3",
		"bell\x07 and \u009bcontrol":                                      "bell and control",
	} {
		require.Equal(t, want, proc.Plain(text), "%q", text)
	}
}

func FuzzPlain(f *testing.F) {
	f.Add("\x1b[31mred\x1b[0m\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		got := proc.Plain(text)
		require.NotContains(t, got, "\x1b")
		require.NotContains(t, got, "\r")
		require.Equal(t, got, proc.Plain(got))
	})
}
