package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpWidth is how many columns a help text has; examples, which are copied, may
// be wider.
const helpWidth = 80

// printHelp writes the manual of one command.
func printHelp(w io.Writer, c *cobra.Command) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nUsage:\n  %s\n", reflow(cmp.Or(c.Long, c.Short)), useLine(c))
	if c.Example != "" {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", c.Example)
	}
	if c.HasAvailableSubCommands() {
		b.WriteString("\nCommands:\n")
		for _, sub := range shownCommands(c) {
			head := fmt.Sprintf("  %-*s ", widestCommand(c), sub.Name())
			b.WriteString(head + wrapped(strings.Fields(sub.Short), len(head)) + "\n")
		}
	}
	fmt.Fprintf(&b, "\nFlags:\n%s", flagList(c.Flags()))
	_, err := io.WriteString(w, b.String())
	return err
}

// shownCommands are the commands below c that its help lists.
func shownCommands(c *cobra.Command) (all []*cobra.Command) {
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() || sub.Name() == "help" {
			all = append(all, sub)
		}
	}
	return all
}

// widestCommand is the room for their names.
func widestCommand(c *cobra.Command) int {
	width := 12
	for _, sub := range shownCommands(c) {
		width = max(width, len(sub.Name()))
	}
	return width
}

func useLine(c *cobra.Command) string {
	switch flags := 0; {
	case c.HasAvailableSubCommands():
		return c.CommandPath() + " COMMAND"
	default:
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && f.Name != "help" {
				flags++
			}
		})
		line, rest, _ := strings.Cut(strings.TrimSuffix(c.UseLine(), " [flags]"), " [-- ")
		if flags > 0 {
			line += " [flags]"
		}
		if rest != "" {
			line += " [-- " + rest
		}
		return line
	}
}

// widestFlag is where the meaning of a flag moves to a line of its own.
const widestFlag = 34

// flagList lists the flags that are shown, with the default of each in
// brackets.
func flagList(fs *pflag.FlagSet) string {
	var b strings.Builder
	fs.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		head := "      --" + f.Name
		if f.Shorthand != "" {
			head = "  -" + f.Shorthand + ", --" + f.Name
		}
		if v := valueName(f); v != "" {
			head += " " + v
		}
		if len(head) > widestFlag {
			head += "\n"
		}
		fmt.Fprintf(&b, "%-*s", widestFlag, head)
		if strings.HasSuffix(head, "\n") {
			b.WriteString(strings.Repeat(" ", widestFlag))
		}
		meaning := strings.Fields(f.Usage)
		if d := shownDefault(f); d != "" {
			meaning = append(meaning, "["+d+"]")
		}
		b.WriteString("  " + wrapped(meaning, widestFlag+2) + "\n")
	})
	return b.String()
}

// wrapped sets words in lines that fit behind indent columns, which the later
// lines are given. A word that is too long has a line of its own.
func wrapped(words []string, indent int) string {
	var b strings.Builder
	at := indent
	for i, word := range words {
		switch n := utf8.RuneCountInString(word); {
		case i == 0:
			at += n
		case at+1+n > helpWidth:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			at = indent + n
		default:
			b.WriteByte(' ')
			at += 1 + n
		}
		b.WriteString(word)
	}
	return b.String()
}

// reflow breaks the paragraphs of text anew. One with an indented line is left as
// it is.
func reflow(text string) string {
	paragraphs := strings.Split(strings.TrimSpace(text), "\n\n")
	for i, p := range paragraphs {
		if !strings.HasPrefix(p, " ") && !strings.Contains(p, "\n ") {
			paragraphs[i] = wrapped(strings.Fields(p), 0)
		}
	}
	return strings.Join(paragraphs, "\n\n")
}

// valueName is what the value of a flag looks like, "" for a switch.
func valueName(f *pflag.Flag) string {
	if f.NoOptDefVal != "" {
		return ""
	}
	return f.Value.Type()
}

// shownDefault is the value of a flag that is not given, "" where that says
// nothing.
func shownDefault(f *pflag.Flag) string {
	switch f.DefValue {
	case "false", "[]":
		return ""
	case "0", "0s":
		if strings.Contains(f.Usage, "(default ") {
			return "" // it stands for that
		}
	}
	return f.DefValue
}
