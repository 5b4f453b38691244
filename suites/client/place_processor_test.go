//go:build vllm || llamacpp

package client

import (
	"testing"

	"github.com/dynbench/dynbench/harness/config"
)

// placed fits the options to engines that may compute on processors: prompts
// and levels that these bear, and no goals of latency.
func placed(o config.Options) config.Options {
	o.ISL, o.OSL, o.Concurrencies = 512, 64, []int{1, 4, 16}
	if testing.Short() {
		o.ISL, o.OSL, o.Concurrencies = 128, 16, []int{1, 4}
	}
	o.SLA = []string{"error_rate<=0.01"}
	return o
}
