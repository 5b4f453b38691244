package observe

import "strings"

// known says that a series is one of serving: of vLLM, SGLang, llama.cpp, TRT-LLM,
// Dynamo, the routers beside it, or of how busy their process was.
func known(name string) bool {
	switch name {
	case "process_cpu_seconds_total", "process_resident_memory_bytes":
		return true
	}
	if strings.HasSuffix(name, "_created") || strings.HasSuffix(name, "_info") || strings.HasPrefix(name, "dynamo_tokio_") {
		return false
	}
	for _, prefix := range []string{
		"vllm:", "sglang:", "llamacpp:", "trtllm_", "lmcache:", "dynamo_", "dynbench_", "vllm_router_", "sgl_router_", "smg_",
	} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
