package report

import (
	"bytes"
	_ "embed" // for the template
	"fmt"
	"html/template"
	"path/filepath"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/dynbench/dynbench/internal/atomicfile"
)

// Page is the file of the HTML report.
const Page = "index.html"

//go:embed page.html.tmpl
var pageTemplate string

// rows are the cells of the benchmark's table.
func (x Benchmark) rows() []table.Row {
	var out []table.Row
	for i := range x.run.Levels {
		row, _ := rowOf(&x.run.Levels[i])
		out = append(out, row)
	}
	return out
}

// writePage writes the summary as one static page that shows the plots beside
// it. It needs no script and nothing from a network.
func writePage(dir string, s Summary) (string, error) {
	t, err := template.New(Page).Funcs(template.FuncMap{"rows": Benchmark.rows, "lines": Benchmark.lines}).Parse(pageTemplate)
	if err != nil {
		return "", fmt.Errorf("page template: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, s); err != nil {
		return "", fmt.Errorf("write page: %w", err)
	}
	path := filepath.Join(dir, Page)
	return path, atomicfile.Write(path, b.Bytes())
}
