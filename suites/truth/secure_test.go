package truth

import (
	"context"
	"sync"

	"github.com/dynbench/dynbench/fixtures/reference"
)

// theSecure starts the TLS server at its first call. It ends with this process.
var theSecure = sync.OnceValues(func() (*reference.Process, error) {
	return reference.Spawn(context.Background(), reference.Config{TLS: true, Pace: reference.Usual()})
})
