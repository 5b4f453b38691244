package main

import "github.com/spf13/pflag"

// named is a value that the help shows under a name of ours.
type named struct {
	pflag.Value
	name string
}

func (n named) Type() string { return n.name }

// describeValues names the values of flags for the help: --data-dir DIR.
func describeValues(fs *pflag.FlagSet, names map[string]string) {
	for flag, name := range names {
		f := fs.Lookup(flag)
		f.Value = named{f.Value, name}
	}
}
