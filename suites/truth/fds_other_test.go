//go:build !unix

package truth

import (
	"testing"
	"time"
)

func needsFiles(*testing.T, int) {}

func cpuTime() time.Duration { return 0 }
