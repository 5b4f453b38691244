// Package client asks an OpenAI-compatible endpoint and stamps what comes
// back: streamed chat and text completions over HTTP/1.1, plain or TLS.
//
// A Client holds what all requests share. A Slot owns one connection, opened
// before the clock starts, and asks one request at a time on it.
//
// On Linux an event has arrived when the kernel received the last byte of it
// (internal/stamp), also below TLS; elsewhere, and where the kernel gives no stamp
// that can be believed, when the read that completed it returned. Record.Stamp
// says which. What the kernel had merged by the time of the read has the stamp of
// its newest byte, and all but the first event of a read count as coalesced.
//
// Nothing is sent twice: no redirect, no retry. Proxies are not used: what is
// measured is reached directly. The package promises nothing to other modules.
package client
