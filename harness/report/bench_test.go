package report

import (
	"testing"

	"github.com/dynbench/dynbench/harness/result"
)

// BenchmarkWrite is the whole report of one benchmark and of twelve.
func BenchmarkWrite(b *testing.B) {
	for _, name := range []string{"one", "twelve"} {
		runs := gallery()[name]
		b.Run(name, func(b *testing.B) { benchmarkWrite(b, runs) })
	}
}

func benchmarkWrite(b *testing.B, runs []*result.Run) {
	dir := b.TempDir()
	for b.Loop() {
		if _, err := Write(dir, runs, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
