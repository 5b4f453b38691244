package result

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"time"
)

var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// NewRunID returns a unique name for a run that sorts by its time: 48 bits of
// milliseconds and 80 random bits in Crockford's base 32 (26 characters).
func NewRunID(at time.Time) string {
	var b [18]byte // the first 2 bytes stay 0, so that 26 characters hold the rest
	binary.BigEndian.PutUint64(b[:8], uint64(at.UnixMilli()))
	rand.Read(b[8:])
	return crockford.EncodeToString(b[:])[3:]
}
