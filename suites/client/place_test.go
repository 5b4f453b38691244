//go:build !vllm && !llamacpp

package client

import "github.com/dynbench/dynbench/harness/config"

// placed fits the options to the engines: these bear the defaults.
func placed(o config.Options) config.Options { return o }
