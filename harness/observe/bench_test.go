package observe

import (
	"fmt"
	"strings"
	"testing"
)

// bigPage is as large as that of a frontend with eight workers: 250 kB, most of it
// buckets and series of the process.
func bigPage() []byte {
	var b strings.Builder
	for f := range 40 {
		name := fmt.Sprintf("dynamo_frontend_histogram_%d_seconds", f)
		fmt.Fprintf(&b, "# HELP %s Something that takes time.\n# TYPE %s histogram\n", name, name)
		for w := range 4 {
			for le := range 18 {
				fmt.Fprintf(&b, "%s_bucket{model=\"a-model-of-some-name\",worker=\"%d\",le=\"%d\"} %d\n", name, w, le, le)
			}
			fmt.Fprintf(&b, "%s_sum{model=\"a-model-of-some-name\",worker=\"%d\"} 1.5\n%s_count{model=\"a-model-of-some-name\",worker=\"%d\"} 18\n", name, w, name, w)
		}
	}
	for g := range 100 {
		fmt.Fprintf(&b, "# TYPE go_thing_%d gauge\ngo_thing_%d %d\n", g, g, g)
	}
	return []byte(b.String())
}

// BenchmarkScrapeOfAWatch is the cost of one page in one scrape; over a second it
// is the share of a processor.
func BenchmarkScrapeOfAWatch(b *testing.B) {
	text := bigPage()
	p := &page{series: map[string]*track{}}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s, err := parse(text, "", &filter{keep: known})
		if err != nil {
			b.Fatal(err)
		}
		p.add(s, 1)
	}
	b.ReportMetric(100*float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e9, "%cpu")
}

// BenchmarkWholePage is what it would cost with the buckets.
func BenchmarkWholePage(b *testing.B) {
	text := bigPage()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parse(text, "", &filter{buckets: true}); err != nil {
			b.Fatal(err)
		}
	}
}
