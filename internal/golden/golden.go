// Package golden compares what tests make with files of what it should be, and
// writes these anew with the flag -update. It is for tests alone, and promises
// nothing to other modules.
package golden

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TB is what Equal needs of a test.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Equal ends the test unless the file at path, which stands below testdata,
// holds have.
func Equal(t TB, path, have string) {
	t.Helper()
	if *update {
		if err := write(path, have); err != nil {
			t.Fatalf("write the golden file: %v", err)
			return
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: run the test with -update to write it", err)
		return
	}
	if text := differ(string(want), have); text != "" {
		t.Fatalf("not as in %s, %s\nIf it is right so, run the test with -update.", path, text)
	}
}

func write(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// around is how many lines are shown on each side of the first that differs.
const around = 3

// differ says where have first differs from want; "" if nowhere.
func differ(want, have string) string {
	if want == have {
		return ""
	}
	w, h := strings.Split(want, "\n"), strings.Split(have, "\n")
	at := 0
	for at < len(w) && at < len(h) && w[at] == h[at] {
		at++
	}
	return fmt.Sprintf("from line %d on:\nwant\n%s\nhave\n%s", at+1, near(w, at), near(h, at))
}

// near is the lines around the one at index at, each with its number.
func near(lines []string, at int) string {
	var b strings.Builder
	for i := max(0, at-around); i < min(len(lines), at+around+1); i++ {
		fmt.Fprintf(&b, "%6d  %s\n", i+1, lines[i])
	}
	return b.String()
}
