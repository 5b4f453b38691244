package main

import (
	"errors"
	"slices"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dynbench/dynbench/harness/config"
)

// Annotations of flags that tell normalize how their values are written.
const (
	noteAlias  = "alias"  // other name of the flag in the value
	noteRepeat = "repeat" // may be given several times
	noteJoined = "joined" // takes several words, as one value
	noteEach   = "each"   // takes several words, each a value
)

// bindOptions defines the options of a table as flags of c, except those that
// are hidden: these are taken and not shown.
func bindOptions(c *cobra.Command, given *config.Given, table []config.Option, defaults config.Options, hidden ...string) {
	fs := c.Flags()
	fs.SortFlags = false
	given.Bind(fs, table, defaults)
	for _, option := range table {
		for i, name := range append([]string{option.Flag}, option.Aliases...) {
			f := fs.Lookup(name)
			f.Hidden = f.Hidden || slices.Contains(hidden, name)
			if i > 0 {
				note(f, noteAlias, option.Flag)
			}
			if option.Repeats() {
				note(f, noteRepeat, "")
			}
			if option.List {
				note(f, noteJoined, "")
			}
		}
	}
}

func note(f *pflag.Flag, key, value string) {
	if f.Annotations == nil {
		f.Annotations = map[string][]string{}
	}
	f.Annotations[key] = []string{value}
}

func noted(f *pflag.Flag, key string) bool { return len(f.Annotations[key]) > 0 }

// flagError says what is wrong with the value of a flag in the words of all
// other options.
func flagError(err error) error {
	var value *pflag.InvalidValueError
	if !errors.As(err, &value) {
		return marked{errUsage, err}
	}
	cause := value.Unwrap()
	if errors.Is(cause, strconv.ErrSyntax) || errors.Is(cause, strconv.ErrRange) {
		cause = errors.New("want a number")
	}
	return usagef("--%s %q: %w", value.GetFlag().Name, value.GetValue(), cause)
}

// noArgs refuses words that belong to no flag.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no argument beside its flags, but got %q", c.CommandPath(), args[0])
	}
	return nil
}

// oneDir wants the folder that a command works on.
func oneDir(c *cobra.Command, args []string) error {
	if len(args) != 1 || args[0] == "" {
		return usagef("%s wants one folder, as in %s benchmarks/results, but got %d", c.CommandPath(), c.CommandPath(), len(args))
	}
	return nil
}
