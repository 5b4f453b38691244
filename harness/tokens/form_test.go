package tokens

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/unicode/rangetable"
)

var forms = map[string]form{
	"NFC": {norm.NFC, norm.NFD, true}, "NFD": {norm.NFD, norm.NFD, false},
	"NFKC": {norm.NFKC, norm.NFKD, true}, "NFKD": {norm.NFKD, norm.NFKD, false},
}

func TestForms(t *testing.T) {
	for _, x := range []struct{ form, in, want string }{
		{"NFC", "e\u0301", "é"}, {"NFD", "é", "e\u0301"},
		{"NFC", "e\u0301\u0323", "\u1eb9\u0301"}, // the lower mark first
		{"NFC", "\u1100\u1161\u11a8", "각"}, {"NFD", "각", "\u1100\u1161\u11a8"}, {"NFC", "가\u11a8", "각"},
		{"NFC", "\u212b", "Å"}, {"NFKC", "ﬁ²", "fi2"}, {"NFC", "ﬁ²", "ﬁ²"},
		{"NFC", "\xffe\u0301\xfe", "\xffé\xfe"},
		{"NFC", "\u0958", "\u0915\u093c"}, // excluded from composition
		// No joiner, however many marks; x/text puts one after thirty.
		{"NFC", "e" + strings.Repeat("\u0323\u0301", 40), "\u1eb9" + strings.Repeat("\u0323", 39) + strings.Repeat("\u0301", 40)},
		// What came after Unicode 9.0 has no class, does not move and does not compose.
		{"NFC", "e\u08cf\u0301", "e\u08cf\u0301"}, {"NFC", "\U00011935\U00011930", "\U00011935\U00011930"}, {"NFD", "\U00011938", "\U00011938"},
		{"NFKC", "㋿", "㋿"},
	} {
		require.Equal(t, x.want, forms[x.form].apply(x.in), "%s of %+q", x.form, x.in)
	}
	require.Equal(t, "i̇aσ", lowercase("İAΣ"))
}

// FuzzForms holds the forms against x/text, where that does the same.
func FuzzForms(f *testing.F) {
	for _, s := range []string{"é à", "e\u0301\u0323\u0302", "각\u1100\u1161", "\u212b\ufb01", "a\u0345\u0301b", "\u09c7\u09be", "क\u093c"} {
		f.Add(s)
	}
	known := rangetable.Assigned("9.0.0")
	f.Fuzz(func(t *testing.T, s string) {
		marks := 0
		for _, r := range s {
			if marks++; !unicode.Is(unicode.M, r) {
				marks = 0
			}
			if r == unicode.ReplacementChar || !unicode.Is(known, r) || marks > 25 {
				return
			}
		}
		for name, form := range forms {
			require.Equal(t, form.whole.String(s), form.apply(s), name)
		}
	})
}
