// Package faults measures routing while the stack is hurt: engines that crash,
// leave, join and come back cold, engines that fail or are not what they should
// be, planes that go away, and events that lie. Each test says what may fail, in
// which way and for how long; everything else is a failure of the test.
//
//	go test ./suites/faults -short -count=1     # seconds
//	go test ./suites/faults -count=1 -v         # with time to recover, and the plot
package faults
