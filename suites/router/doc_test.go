// Package router holds the benchmarks of routers: does routing by prefix pay,
// from which share of prefix on, and at what price where there is nothing to
// share? Without a build tag and without variables all parts run in this process;
// the same tests run on Dynamo, vLLM or llama.cpp with the tag of that name.
//
//	go test ./suites/router -timeout 0                    # some minutes; -short: some seconds
//	go test -tags dynamo ./suites/router -count=1 -timeout 0
//	DYNBENCH_ENGINE=process:mocker go test ./suites/router -count=1 -timeout 0
package router
