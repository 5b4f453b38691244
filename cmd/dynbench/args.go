package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// normalize rewrites a command line into the one form that the flag library
// reads: --name=value, then -- and the other words. It takes what the original
// benchmark took: names with underscores, their unique beginnings, lists of
// words. A flag that is not there, is given twice or lacks its value is an
// error here, with what was probably meant.
func normalize(root *cobra.Command, args []string) ([]string, error) {
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		return args, nil // a shell asks what could follow: unfinished words
	}
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd(args...)
	cmd, path, rest, err := descend(root, args)
	if err != nil {
		return nil, err
	}
	cmd.InitDefaultHelpFlag()
	cmd.InitDefaultVersionFlag()
	l := line{cmd: cmd, rest: rest, seen: map[string]bool{}}
	for len(l.rest) > 0 {
		if err := l.word(); err != nil {
			return nil, err
		}
	}
	out := append(path, l.flags...)
	if len(l.words) > 0 && (len(l.flags) > 0 || slices.ContainsFunc(l.words, looksLikeFlag)) {
		out = append(out, "--")
	}
	return append(out, l.words...), nil
}

// descend finds the command that the first words name.
func descend(root *cobra.Command, args []string) (cmd *cobra.Command, path, rest []string, err error) {
	cmd, path, rest = root, []string{}, args
	for len(rest) > 0 && cmd.HasSubCommands() && !strings.HasPrefix(rest[0], "-") {
		i := slices.IndexFunc(cmd.Commands(), func(c *cobra.Command) bool { return c.Name() == rest[0] })
		if i < 0 {
			return cmd, nil, nil, unknownCommand(cmd, rest[0])
		}
		cmd, path, rest = cmd.Commands()[i], append(path, rest[0]), rest[1:]
	}
	return cmd, path, rest, nil
}

func unknownCommand(cmd *cobra.Command, word string) error {
	var names []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	if best := nearest(word, names); best != "" {
		return withNext(usagef("%s has no command %q", cmd.CommandPath(), word), "did you mean %s %s?", cmd.CommandPath(), best)
	}
	return withNext(usagef("%s has no command %q", cmd.CommandPath(), word), "%s --help lists the commands", cmd.CommandPath())
}

// line is a command line that is being read.
type line struct {
	cmd   *cobra.Command
	rest  []string // still to be read
	flags []string
	words []string // that belong to no flag
	seen  map[string]bool
}

// word reads one word and, if it is a flag, its value.
func (l *line) word() error {
	w := l.rest[0]
	l.rest = l.rest[1:]
	switch {
	case w == "--":
		l.words, l.rest = append(l.words, l.rest...), nil
		return nil
	case !looksLikeFlag(w):
		l.words = append(l.words, w)
		return nil
	}
	f, value, has, err := l.find(w)
	if err != nil {
		return err
	}
	if err := l.once(f); err != nil {
		return err
	}
	if f.NoOptDefVal != "" {
		if !has {
			value = f.NoOptDefVal
		}
		l.flags = append(l.flags, "--"+f.Name+"="+value)
		return nil
	}
	return l.value(f, value, has)
}

// find reads a flag as it is written: --name, --name=value, -n, -nvalue, -n=value.
func (l *line) find(w string) (f *pflag.Flag, value string, has bool, err error) {
	if name, long := strings.CutPrefix(w, "--"); long {
		name, value, has = strings.Cut(name, "=")
		f, err = l.long(name)
		return f, value, has, err
	}
	f = l.cmd.Flags().ShorthandLookup(w[1:2])
	if f == nil {
		hint := "--help lists the flags"
		if best, _ := l.long(w[1:]); best != nil && len(w) > 2 {
			hint = "did you mean --" + best.Name + "?"
		}
		return nil, "", false, withNext(usagef("%s has no flag %s", l.cmd.CommandPath(), w), "%s", hint)
	}
	value = w[2:]
	has = value != ""
	return f, strings.TrimPrefix(value, "="), has, nil
}

// long finds a flag by its name or the beginning of it that no other flag has.
func (l *line) long(name string) (*pflag.Flag, error) {
	asked := strings.ReplaceAll(name, "_", "-")
	if f := l.cmd.Flags().Lookup(asked); f != nil && asked != "" {
		return f, nil
	}
	var begin []*pflag.Flag
	var all []string
	l.cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if asked != "" && strings.HasPrefix(f.Name, asked) {
			begin = append(begin, f)
		}
		if !f.Hidden {
			all = append(all, f.Name)
		}
	})
	switch {
	case len(begin) == 1:
		return begin[0], nil
	case len(begin) > 1:
		var names []string
		for _, f := range begin {
			names = append(names, "--"+f.Name)
		}
		return nil, usagef("--%s is the beginning of several flags, write more of it: %s", name, strings.Join(names, ", "))
	}
	err := usagef("%s has no flag --%s", l.cmd.CommandPath(), name)
	if best := nearest(asked, all); best != "" {
		return nil, withNext(err, "did you mean --%s?", best)
	}
	return nil, withNext(err, "%s --help lists the flags", l.cmd.CommandPath())
}

// once refuses a second use, under whatever name.
func (l *line) once(f *pflag.Flag) error {
	name := f.Name
	if of := f.Annotations[noteAlias]; len(of) > 0 {
		name = of[0]
	}
	if l.seen[name] && !noted(f, noteRepeat) {
		return usagef("--%s is given twice; it takes one value%s", name, listHint(f))
	}
	l.seen[name] = true
	return nil
}

func listHint(f *pflag.Flag) string {
	if noted(f, noteJoined) {
		return ", which may be a list: 1,2,5"
	}
	return ""
}

// value reads the value of f, or the values that follow it.
func (l *line) value(f *pflag.Flag, value string, has bool) error {
	if !has {
		if len(l.rest) == 0 || looksLikeFlag(l.rest[0]) {
			return usagef("--%s needs a value: --%s %s; one that begins with - as --%s=-x",
				f.Name, f.Name, strings.Trim(f.Value.Type(), "'"), f.Name)
		}
		value, l.rest = l.rest[0], l.rest[1:]
	}
	values := []string{value}
	for (noted(f, noteJoined) || noted(f, noteEach)) && len(l.rest) > 0 && !looksLikeFlag(l.rest[0]) {
		values, l.rest = append(values, l.rest[0]), l.rest[1:]
	}
	if noted(f, noteJoined) {
		values = []string{strings.Join(values, " ")}
	}
	for _, v := range values {
		l.flags = append(l.flags, "--"+f.Name+"="+v)
	}
	return nil
}

// looksLikeFlag says that a word begins a flag; -5 is a number.
func looksLikeFlag(w string) bool {
	if len(w) < 2 || w[0] != '-' {
		return false
	}
	digits := strings.TrimLeft(w[1:], "0123456789.")
	return digits == w[1:]
}
