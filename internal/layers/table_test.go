package layers

// table lists the rooms of the tree from the ground up. A package may import
// from any line above its own, never from its own line or below, unless free
// says so. A room that ends in /... holds every package below it; rooms that do
// not exist yet harm nothing. .golangci.yml repeats the chief lines for editors.
var table = []line{
	{"internal/atomicfile", "internal/framing", "internal/golden", "internal/kube", "internal/layers", "internal/narhash", "internal/proc", "internal/scratch", "internal/stamp", "internal/wait", "internal/zmtp"},
	{"internal/hub"},
	{"harness/record", "harness/arrival", "harness/tokens", "harness/target", "fixtures/part"},
	{"harness/workload", "harness/metric", "fixtures/launch", "fixtures/sim", "fixtures/wire"},
	{"harness/client", "harness/load", "harness/workload/trace", "harness/result", "fixtures/sim/route"},
	{"harness/load/wall", "harness/workload/prefix", "harness/observe", "harness/live", "harness/sla", "harness/report"},
	{"fixtures/sim/replay", "fixtures/reference", "fixtures/etcd", "fixtures/nats", "fixtures/engine", "fixtures/frontend", "fixtures/container"},
	{"harness/gate", "harness/fleet", "harness/search", "harness/config", "fixtures"},
	{"harness"},
	{"router/...", "profiler/...", "deploy/..."},
	{"suites/...", "cmd/..."},
}

// free are imports within one line that are meant: the inside of a room that
// the table lists as a whole.
var free = []string{"router", "profiler", "deploy", "cmd/dynbench"}

// forbidden are imports that the order of the lines would allow.
var forbidden = []rule{
	{from: "harness/...", to: "fixtures/...", why: "the harness measures any target, not only ours"},
	{from: "harness/...", to: "router/...", why: "routers are measured through the harness"},
	{from: "harness/...", to: "profiler/...", why: "the profiler calls the harness"},
}
