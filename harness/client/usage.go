package client

import (
	"bytes"
	"strconv"
)

// usage is what a server says about token counts; -1 where it says nothing.
type usage struct{ prompt, completion, reasoning, cached int }

// readUsage reads a usage object in any of the spellings of OpenAI, Anthropic,
// Gemini, Bedrock and DeepSeek. Where the prompt count excludes the tokens read
// from and written to the cache, they are added to it.
func readUsage(raw []byte) usage {
	o := flat(objectOf(raw))
	in := join(objectOf(o["prompt_tokens_details"]), objectOf(o["input_tokens_details"]))
	out := join(objectOf(o["completion_tokens_details"]), objectOf(o["output_tokens_details"]))
	u := usage{
		prompt:     pick(o, "prompt_tokens", "input_tokens", "promptTokenCount", "inputTokens", "input_token_count"),
		completion: pick(o, "completion_tokens", "output_tokens", "candidatesTokenCount", "outputTokens", "generated_token_count"),
		cached:     pick(in, "cached_tokens"),
		reasoning:  pick(out, "reasoning_tokens"),
	}
	if u.cached < 0 {
		u.cached = pick(o, "cache_read_input_tokens", "prompt_cache_hit_tokens", "cachedContentTokenCount",
			"cacheReadInputTokens", "cached_tokens")
	}
	if u.reasoning < 0 {
		u.reasoning = pick(o, "thoughtsTokenCount", "reasoning_tokens")
	}
	if pick(o, "prompt_tokens", "promptTokenCount") < 0 && pick(o, "input_tokens", "inputTokens") >= 0 {
		read := pick(o, "cache_read_input_tokens", "cacheReadInputTokens")
		write := pick(o, "cache_creation_input_tokens", "cacheWriteInputTokens")
		u.prompt += max(read, 0) + max(write, 0)
	}
	return u
}

// completionTokens reads the one count that streams give with each event, without
// a decode; -1 if it is not there.
func completionTokens(usage []byte) int {
	const key = `"completion_tokens"`
	i := bytes.Index(usage, []byte(key))
	if i < 0 {
		return -1
	}
	s := scanner{b: usage, i: i + len(key)}
	s.blank()
	if !s.eat(':') {
		return -1
	}
	s.blank()
	n, from := 0, s.i
	for s.i < len(usage) && usage[s.i] >= '0' && usage[s.i] <= '9' && n < 1<<40 {
		n = 10*n + int(usage[s.i]-'0')
		s.i++
	}
	if s.i == from {
		return -1
	}
	return n
}

// flat lifts the members of nested containers to the top.
func flat(o object) object {
	return join(o, objectOf(o["usageMetadata"]), objectOf(o["tokens"]), objectOf(objectOf(o["meta"])["tokens"]))
}

// join has the members of all; the first wins.
func join(all ...object) object {
	out := object{}
	for _, o := range all {
		for k, v := range o {
			if _, ok := out[k]; !ok {
				out[k] = v
			}
		}
	}
	return out
}

// pick returns the first of keys that holds a count, or -1.
func pick(o object, keys ...string) int {
	for _, key := range keys {
		if f, err := strconv.ParseFloat(string(o[key]), 64); err == nil && f >= 0 && f <= 1<<40 {
			return int(f)
		}
	}
	return -1
}
