// Package client asks an OpenAI-compatible endpoint and stamps what comes
// back: streamed chat and text completions over HTTP/1.1, plain or TLS.
//
// A Client holds what all requests share. A Slot owns one connection, opened
// before the clock starts, and asks one request at a time on it. Nothing is
// ever sent twice: no retry, no redirect, no replay on a connection that the
// server has closed. Proxies are not used: what is measured is reached
// directly. The package promises nothing to other modules.
package client
