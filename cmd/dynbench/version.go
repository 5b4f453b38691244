package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/dynbench/dynbench/harness/result"
)

// version is set when a release is built: -ldflags '-X main.version=1.2.3'.
var version = "dev"

// build says what this program was made from.
type build struct {
	Version, Commit, Go, OS, Arch string
}

func thisBuild() build {
	b := build{Version: version, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; b.Version == "dev" && v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			b.Commit = s.Value + b.Commit
		case s.Key == "vcs.modified" && s.Value == "true":
			b.Commit += "+changes"
		}
	}
	return b
}

func (b build) String() string {
	commit := b.Commit
	if commit == "" {
		commit = "unknown"
	}
	return fmt.Sprintf("dynbench %s\ncommit %s\n%s %s/%s", b.Version, commit, b.Go, b.OS, b.Arch)
}

// tool is how results name this program.
func (b build) tool() result.Tool {
	return result.Tool{Name: "dynbench", Version: b.Version, Commit: b.Commit}
}

func newVersionCommand(p *Process) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print version, commit, Go version and platform",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(p.Stdout, thisBuild())
			return err
		},
	}
}
