package result

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

const removed = "REDACTED"

var (
	userInfo   = regexp.MustCompile(`(://)[^/?#\s@"']*@`)
	secretKey  = regexp.MustCompile(`(?i)^(.*[-_])?(authorization|auth|cookie|key|apikey|token|secret|password|passwd|credentials?)$`)
	secretLine = regexp.MustCompile(`(?i)^\s*((?:[\w-]*-)?(?:authorization|auth|cookie|key|token|secret))\s*:`)
	secretFlag = regexp.MustCompile(`(?i)(--?(?:api[-_]?key|token|password|secret)(?:=|\s+))("[^"]*"|'[^']*'|\S+)`)
	bearer     = regexp.MustCompile(`(?i)((?:authorization|cookie|(?:x-)?api-key)\s*:\s*)[^"']*`)
)

// openHeaders never carry a secret; every other header's value is removed.
var openHeaders = []string{"accept", "content-type", "user-agent", "x-request-id"}

// RedactText removes user info from URLs, and the values of credential flags
// and headers, from a text such as a command line.
func RedactText(s string) string {
	s = userInfo.ReplaceAllString(s, "$1")
	s = secretFlag.ReplaceAllString(s, "${1}"+removed)
	return bearer.ReplaceAllString(s, "${1}"+removed)
}

// RedactJSON removes the values of keys that name a credential, of headers,
// and user info from URLs, in any JSON value. The result is compact.
func RedactJSON(raw json.RawMessage) (json.RawMessage, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("redact configuration: %w", err)
	}
	return json.Marshal(redactValue(v, false))
}

// redactValue walks v; headers says that v stands below a key that names them.
func redactValue(v any, headers bool) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			hidden := secretKey.MatchString(k) || headers && !slices.Contains(openHeaders, strings.ToLower(k))
			if hidden && !empty(x) {
				v[k] = removed
				continue
			}
			v[k] = redactValue(x, strings.EqualFold(k, "headers") || strings.EqualFold(k, "header"))
		}
	case []any:
		for i, x := range v {
			v[i] = redactValue(x, headers)
		}
	case string:
		return redactString(v, headers)
	}
	return v
}

func redactString(s string, header bool) string {
	name, _, found := strings.Cut(s, ":")
	if header && found && !slices.Contains(openHeaders, strings.ToLower(strings.TrimSpace(name))) {
		return name + ": " + removed
	}
	if m := secretLine.FindStringSubmatch(s); m != nil {
		return m[1] + ": " + removed
	}
	return RedactText(s)
}

// empty values hide nothing, and numbers and truths are settings: max_token 5.
func empty(v any) bool {
	switch v := v.(type) {
	case nil, bool, json.Number:
		return true
	case string:
		return v == ""
	}
	return false
}

// redacted is a copy of run that may be written.
func redacted(run *Run) (*Run, error) {
	out := *run
	out.Target.URL = RedactText(run.Target.URL)
	out.Target.Parts = slices.Clone(run.Target.Parts)
	for i := range out.Target.Parts {
		out.Target.Parts[i].URL = RedactText(out.Target.Parts[i].URL)
	}
	out.Command = RedactText(run.Command)
	out.Reason, out.Warnings = RedactText(run.Reason), redactAll(run.Warnings)
	out.Levels = slices.Clone(run.Levels)
	for i := range out.Levels {
		l := &out.Levels[i]
		l.Reason, l.Warnings = RedactText(l.Reason), redactAll(l.Warnings)
	}
	config, err := RedactJSON(run.Config)
	out.Config = config
	return &out, err
}

func redactAll(texts []string) []string {
	out := slices.Clone(texts)
	for i := range out {
		out[i] = RedactText(out[i])
	}
	return out
}
