// Dynbench measures deployments that serve large language models.
//
//	dynbench benchmark --benchmark-name chat --endpoint-url http://127.0.0.1:8000
//
// Every command is one call into the packages of this module: flags in, one
// call, an exit code out. The manual, docs/cli.md, is made from the commands.
package main
