package observe

import (
	"bytes"
	"strings"
)

// filter passes the lines on that are wanted, in the form of Prometheus text
// 0.0.4: no help, no time stamps, no exemplars, OpenMetrics' types by their older
// names. Most of a page are the buckets of histograms; dropping lines costs a
// twentieth of parsing them.
type filter struct {
	keep        func(name string) bool // of a series as it stands in the page; nil: all
	buckets     bool
	openMetrics bool
	typed       map[string]bool // families whose type has been passed on
}

// apply returns the lines that are wanted.
func (f *filter) apply(page []byte) []byte {
	f.typed = map[string]bool{}
	out := make([]byte, 0, len(page)/4)
	for len(page) > 0 {
		line := page
		if i := bytes.IndexByte(page, '\n'); i >= 0 {
			line, page = page[:i], page[i+1:]
		} else {
			page = nil
		}
		line = bytes.TrimRight(bytes.TrimLeft(line, " \t"), " \t\r")
		switch {
		case len(line) == 0:
		case line[0] == '#':
			out = f.comment(out, line)
		default:
			out = f.sample(out, line)
		}
	}
	return out
}

// comment passes on the type of a family.
func (f *filter) comment(out, line []byte) []byte {
	words := strings.Fields(string(line))
	if len(words) != 4 || words[0] != "#" || words[1] != "TYPE" {
		return out
	}
	name, kind := words[2], strings.ToLower(words[3])
	if f.openMetrics {
		name, kind = older(name, kind)
	}
	if f.keep != nil && !f.keep(name) || f.typed[name] {
		return out
	}
	f.typed[name] = true
	return append(out, "# TYPE "+name+" "+kind+"\n"...)
}

// older is the type of an OpenMetrics family in the older form, where a counter's
// type stands at the name with _total.
func older(name, kind string) (string, string) {
	switch kind {
	case "counter":
		if !strings.HasSuffix(name, "_total") {
			name += "_total"
		}
	case "info":
		return name + "_info", "gauge"
	case "stateset":
		kind = "gauge"
	case "unknown", "gaugehistogram":
		kind = "untyped"
	}
	return name, kind
}

// sample passes on name, labels and value.
func (f *filter) sample(out, line []byte) []byte {
	end := bytes.IndexAny(line, "{ \t")
	if end < 0 {
		end = len(line)
	}
	if f.keep != nil && !f.keep(string(line[:end])) {
		return out
	}
	if !f.buckets && bytes.HasSuffix(line[:end], []byte("_bucket")) {
		return out
	}
	if end < len(line) && line[end] == '{' {
		end = labelsEnd(line, end)
	}
	value := bytes.TrimLeft(line[end:], " \t")
	if i := bytes.IndexAny(value, " \t"); i >= 0 {
		value = value[:i]
	}
	out = append(out, line[:end]...)
	out = append(out, ' ')
	out = append(out, value...)
	return append(out, '\n')
}

// labelsEnd is where the labels that begin at from are over.
func labelsEnd(line []byte, from int) int {
	quoted := false
	for i := from; i < len(line); i++ {
		switch c := line[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == '}' && !quoted:
			return i + 1
		}
	}
	return len(line)
}
