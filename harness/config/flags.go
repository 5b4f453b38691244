package config

import (
	"flag"

	"github.com/spf13/pflag"
)

// Given collects the options that a command line gives, in their order.
type Given struct{ Set []Assignment }

// Bind defines the options of a table on the flags of a command; defaults are
// what the help shows.
func (g *Given) Bind(fs *pflag.FlagSet, table []Option, defaults Options) {
	for _, p := range table {
		for i, name := range append([]string{p.Flag}, p.Aliases...) {
			short := p.Short
			if i > 0 {
				short = ""
			}
			f := fs.VarPF(&value{given: g, option: p, shown: p.Get(&defaults)}, name, short, p.Doc)
			f.Hidden = i > 0
			if p.Switch() {
				f.NoOptDefVal = "true"
			}
		}
	}
}

// BindGo defines the options of Table on Go's own flags, for tests: -concurrencies 1,2.
func (g *Given) BindGo(fs *flag.FlagSet, defaults Options) {
	for _, p := range Table() {
		fs.Var(&value{given: g, option: p, shown: p.Get(&defaults)}, p.Flag, p.Doc)
	}
}

// value is one flag, of either package.
type value struct {
	given  *Given
	option Option
	shown  string
}

func (v *value) String() string {
	if v == nil {
		return ""
	}
	return v.shown
}

// Type is what the help shows as the value; pflag shows none for "bool".
func (v *value) Type() string {
	if v.option.Switch() {
		return "bool"
	}
	return v.option.Value
}

func (v *value) IsBoolFlag() bool { return v.option.Switch() }

func (v *value) Set(s string) error {
	var scratch Options
	if err := v.option.set(&scratch, s); err != nil {
		return err
	}
	v.given.Set = append(v.given.Set, Assignment{v.option, s})
	return nil
}
