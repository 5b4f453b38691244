package result

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:embed schema/*.schema.json
var schemaFiles embed.FS

// Schemas are the JSON Schemas (2020-12) of the files of a tree:
// run.schema.json, level, record, export, inputs, observed, comparison and summary.
func Schemas() fs.FS {
	sub, err := fs.Sub(schemaFiles, "schema")
	if err != nil { // the embedded folder has this name
		return schemaFiles
	}
	return sub
}

// checker compiles a schema when it is first asked for. It lives as long as
// one validation.
type checker struct {
	compiled map[string]*jsonschema.Schema
}

// check validates one JSON document against a schema by its short name.
func (c *checker) check(name string, doc []byte) error {
	s, err := c.schema(name)
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		return fmt.Errorf("no JSON: %w", err)
	}
	if err := s.Validate(v); err != nil {
		return fmt.Errorf("schema %s: %s", name, oneLine(err))
	}
	return nil
}

func (c *checker) schema(name string) (*jsonschema.Schema, error) {
	if s := c.compiled[name]; s != nil {
		return s, nil
	}
	file := name + ".schema.json"
	f, err := Schemas().Open(file)
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	defer f.Close()
	s, err := compile(file, f)
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	if c.compiled == nil {
		c.compiled = map[string]*jsonschema.Schema{}
	}
	c.compiled[name] = s
	return s, nil
}

func compile(file string, from io.Reader) (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(from)
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource(file, doc); err != nil {
		return nil, err
	}
	return c.Compile(file)
}

// oneLine is the library's list of faults without its heading.
func oneLine(err error) string {
	lines := strings.Split(err.Error(), "\n")
	if len(lines) > 1 {
		lines = lines[1:]
	}
	for i, l := range lines {
		lines[i] = strings.TrimPrefix(strings.TrimSpace(l), "- ")
	}
	const most = 5
	if len(lines) > most {
		lines = append(lines[:most], "...")
	}
	return strings.Join(lines, "; ")
}
