// Package stamp tells when the kernel received what a TCP connection's reader
// gets: moments that a busy process cannot make late. Reader reads a connection
// with the kernel's stamps, which are on the wall clock; Wall puts them on the
// monotonic one.
package stamp
