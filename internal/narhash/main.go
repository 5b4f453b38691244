// Command narhash prints the hash that Nix gives a folder, as `nix hash path`
// does. It computes the vendorHash of the flake from the output of
// `go mod vendor`, so that Nix is not needed to keep it fresh.
//
// It promises nothing to other modules.
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: narhash PATH")
		os.Exit(2)
	}
	sum, err := hash(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "narhash:", err)
		os.Exit(1)
	}
	fmt.Println(sum)
}
