// Package result holds what a benchmark found and the folder it is kept in.
// Start from Run: a named benchmark with its Levels and its Verdict. Load reads
// a folder of this tool, of AIPerf or of genai-perf into one; CreateRun,
// StartLevel and WriteLevel write one.
//
//	<out>/<name>/run.json           bench.run/1
//	<out>/<name>/results.csv        name,level,metric,unit,stat,value
//	<out>/<name>/bench.txt          Go benchmark format
//	<out>/<name>/c16/profile_export_aiperf.json, .csv
//	<out>/<name>/c16/profile_export.jsonl   one line a request, appended while running
//	<out>/<name>/c16/inputs.json
//	<out>/<name>/c16/status.json    bench.level/1
//
// Every file but profile_export.jsonl is written whole or not at all. Values
// in files are in the unit that stands beside them; infinite and undefined
// values are left out, never written as numbers. Readers ignore unknown keys
// and refuse a higher major of a schema.
package result
